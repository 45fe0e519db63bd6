using System.Globalization;
using System.Text.Json;

namespace EmojiDiffusion.Data;

/// <summary>One emoji: what it is called, and the characters it is made of.</summary>
/// <param name="Characters">Its characters, joiners and selectors included.</param>
/// <param name="Names">Names in words, the best first; at least one.</param>
/// <param name="Category">The words for its kind, such as "fruit".</param>
/// <param name="Image">The name of its file in packages of pictures, such as <c>1f34e.png</c>.</param>
internal sealed record EmojiEntry(IReadOnlyList<int> Characters, IReadOnlyList<string> Names, string Category, string Image)
{
    /// <summary>What captions and files call it first.</summary>
    public string Name => Names[0];

    /// <summary>The emoji of an <c>emoji.json</c> as the npm packages emoji-datasource-* have it, without flags, skin tones and parts.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such list.</exception>
    public static IReadOnlyList<EmojiEntry> ReadList(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        if (json.RootElement.ValueKind != JsonValueKind.Array) throw new InvalidDataException($"{path} is no list of emoji: give the emoji.json of the npm package emoji-datasource-google.");
        return
        [
            .. from entry in json.RootElement.EnumerateArray()
               let category = Text(entry, "category")
               where category is not ("Flags" or "Component")
               orderby entry.GetProperty("sort_order").GetInt32()
               select Of(entry),
        ];
    }

    private static EmojiEntry Of(JsonElement entry)
    {
        int[] characters = [.. Text(entry, "unified").Split('-').Select(code => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        var full = Words(Text(entry, "name"));
        List<string> names = [.. entry.GetProperty("short_names").EnumerateArray().Select(name => Words(name.GetString()!))];
        // the oldest characters' full names tell of a typeface (a heart is "heavy black heart"): their short names are what people say
        var isTypographic = characters[0] < 0x10000 && (full.Contains("black", StringComparison.Ordinal) || full.Contains("white", StringComparison.Ordinal) || full.Contains("heavy", StringComparison.Ordinal));
        if (full.Length > 0 && !isTypographic) names.Insert(0, full);
        names.RemoveAll(name => !name.Any(char.IsAsciiLetter));
        if (names.Count == 0) names.Add(full.Length > 0 ? full : "symbol");
        return new(characters, [.. names.Distinct()], Words(Text(entry, "subcategory")), Text(entry, "image"));
    }

    private static string Text(JsonElement entry, string field) => entry.GetProperty(field).GetString() ?? "";

    // lower case, no marks that the prompt language reads: "KEYCAP: *" is "keycap *"
    private static string Words(string name)
    {
        var letters = name.ToLowerInvariant().Select(letter => letter is '_' or '-' or ':' or ',' or '(' or ')' or '[' or ']' or '<' or '>' or '|' ? ' ' : letter);
        return string.Join(' ', string.Concat(letters).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
