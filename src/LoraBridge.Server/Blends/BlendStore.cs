using System.Text.RegularExpressions;
using LoraBridge.Server.Documents;

namespace LoraBridge.Server.Blends;

/// <summary>The saved blends: a JSON file each in the data folder.</summary>
internal sealed partial class BlendStore
{
    private const int MostBlends = 5000;

    private readonly DocumentFolder<BlendRecipe> _folder;

    public BlendStore(DataFolder data, TimeProvider time)
    {
        _folder = new(data.Blends, Id(), "blend", MostBlends, time);
        _folder.Sweep();
    }

    /// <summary>Those whose name, notes, prompt or adapters hold all words of a text.</summary>
    public BlendPage List(string search, int offset, int limit)
    {
        var (all, problems) = _folder.List();
        var words = search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var found = all.Where(blend => words.All(word => Has(blend.Value, word))).ToList();
        return new(found.Count, offset, [.. found.Skip(offset).Take(limit).Select(Of)], problems);
    }

    public SavedBlend Find(string id) => Of(_folder.Find(id));

    public SavedBlend Add(BlendRecipe recipe)
    {
        recipe.CheckForKeeping();
        return Of(_folder.Add("blend-" + Guid.NewGuid().ToString("N")[..12], recipe));
    }

    public SavedBlend Replace(string id, BlendRecipe recipe, WantedVersion wanted)
    {
        recipe.CheckForKeeping();
        return Of(_folder.Replace(id, recipe, wanted));
    }

    public void Delete(string id, WantedVersion wanted) => _folder.Delete(id, wanted);

    private static SavedBlend Of(Document<BlendRecipe> document) => new(document.Id, document.Version, document.CreatedAt, document.UpdatedAt, document.Value);

    private static bool Has(BlendRecipe recipe, string word) =>
        new[] { recipe.Name, recipe.Notes, recipe.Prompt }.Concat(recipe.Adapters.Select(adapter => adapter.Name)).Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"^blend-[0-9a-f]{12}\z")]
    private static partial Regex Id();
}
