using System.Globalization;
using LoraBridge.Generation;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Blends;

/// <summary>The cells of a grid: a recipe for each.</summary>
/// <param name="Recipes">Row by row.</param>
/// <param name="Labels">What stands over each.</param>
/// <param name="Places">The values of the axes of each.</param>
/// <param name="Columns">Cells in a row.</param>
internal sealed record BlendGridPlan(IReadOnlyList<BlendRecipe> Recipes, IReadOnlyList<string> Labels, IReadOnlyList<(double Across, double? Down)> Places, int Columns)
{
    private const int MostCells = 400;

    private static readonly string[] s_numbers = ["weight", "textWeight", "unetWeight", "start", "stop"];

    /// <summary>Makes a recipe for every pair of values.</summary>
    /// <exception cref="RequestException">An axis makes no sense, or there are too many cells.</exception>
    public static BlendGridPlan Of(BlendGridLook look)
    {
        Check(look.Across, "across");
        if (look.Down is { } down) Check(down, "down");
        var rows = look.Down?.Values.Select(value => (double?)value).ToList() ?? [null];
        if ((long)look.Across.Values.Count * rows.Count > MostCells) throw RequestException.Invalid("across.values", $"The grid has more than {MostCells} pictures.", "Give fewer values.");
        var places = (from y in rows from x in look.Across.Values select (Across: x, Down: y)).ToList();
        return new(
            [.. places.Select(place => With(With(look.Blend, look.Across, place.Across), look.Down, place.Down ?? 0))],
            [.. places.Select(place => Label(look.Across, place.Across) + (place.Down is { } y ? "  " + Label(look.Down!, y) : ""))],
            places, look.Across.Values.Count);
    }

    /// <summary>The library's request.</summary>
    /// <param name="picture">The picture without adapters of its own.</param>
    public BlendPreviewRequest ToRequest(TextToImageRequest picture) => new()
    {
        Picture = picture with { Loras = [] },
        Blends = [.. Recipes.Zip(Labels, (recipe, label) => new Blend { Loras = [.. recipe.Tags().Where(tag => tag.UNetWeight != 0 || tag.TextWeight != 0)], Label = label })],
        Columns = Columns,
    };

    private static void Check(BlendAxis axis, string field)
    {
        if (axis.Values.Count == 0) throw RequestException.Invalid($"{field}.values", "The axis has no values.", "Give one or more, such as 0, 0.5, 1.");
        if (axis.Values.Any(value => !double.IsFinite(value))) throw RequestException.Invalid($"{field}.values", "One of them is no number.", "Give numbers such as 0, 0.5, 1.");
        if (string.IsNullOrWhiteSpace(axis.Adapter)) throw RequestException.Invalid($"{field}.adapter", "The axis names no adapter.", "Take a name from the list of adapters.");
        if (!s_numbers.Contains(axis.Of)) throw RequestException.Invalid($"{field}.of", $"'{axis.Of}' is no number of an adapter that can change.", $"Say {string.Join(", ", s_numbers)}.");
    }

    private static BlendRecipe With(BlendRecipe recipe, BlendAxis? axis, double value)
    {
        if (axis is null) return recipe;
        List<BlendAdapter> adapters = [.. recipe.Adapters];
        var place = adapters.FindIndex(adapter => adapter.Name == axis.Adapter);
        if (place < 0)
        {
            place = adapters.Count;
            adapters.Add(new() { Name = axis.Adapter });
        }
        var adapter = adapters[place] with { Enabled = true };
        adapters[place] = axis.Of switch
        {
            "textWeight" => adapter with { TextWeight = value },
            // the text encoder's stays what it was
            "unetWeight" => adapter with { TextWeight = adapter.TextWeight ?? adapter.Weight, Weight = value },
            "start" => adapter with { Start = value },
            "stop" => adapter with { Stop = value },
            _ => adapter with { Weight = value, TextWeight = null },
        };
        return recipe with { Adapters = adapters };
    }

    private static string Label(BlendAxis axis, double value) =>
        $"{axis.Adapter} {(axis.Of == "weight" ? "" : axis.Of + " ")}{value.ToString("0.##", CultureInfo.InvariantCulture)}";
}
