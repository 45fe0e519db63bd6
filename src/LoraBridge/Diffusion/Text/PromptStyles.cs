using System.Text;
using LoraBridge.Files;

namespace LoraBridge.Diffusion.Text;

/// <summary>A named addition to prompts.</summary>
/// <param name="Name">What a request calls it.</param>
/// <param name="Prompt">For the prompt; <c>{prompt}</c> in it stands for the prompt, otherwise it is appended.</param>
/// <param name="NegativePrompt">The same for the negative prompt.</param>
public sealed record PromptStyle(string Name, string Prompt, string NegativePrompt);

/// <summary>The styles of a WebUI's <c>styles.csv</c>.</summary>
public sealed class PromptStyles
{
    private readonly Dictionary<string, PromptStyle> _styles = new(StringComparer.Ordinal);

    /// <summary>Collects styles; the last of a name wins.</summary>
    public PromptStyles(IEnumerable<PromptStyle> styles)
    {
        ArgumentNullException.ThrowIfNull(styles);
        foreach (var style in styles) _styles[style.Name] = style;
    }

    /// <summary>The styles in the order of the file.</summary>
    public IReadOnlyCollection<PromptStyle> All => _styles.Values;

    /// <summary>Reads a file with the columns <c>name</c>, <c>prompt</c> (older: <c>text</c>) and <c>negative_prompt</c>; a name that begins with # is a comment.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file has no column <c>name</c>.</exception>
    public static PromptStyles Load(string path)
    {
        var rows = CsvText.Read(File.ReadAllText(path));
        if (rows.Count == 0) return new([]);
        var header = rows[0].Select(column => column.Trim()).ToList();
        var (name, prompt, negative) = (header.IndexOf("name"), header.IndexOf("prompt"), header.IndexOf("negative_prompt"));
        if (name < 0) throw new InvalidDataException($"The styles '{path}' have no column 'name'. Begin the file with name,prompt,negative_prompt.");
        if (prompt < 0) prompt = header.IndexOf("text");
        return new(rows.Skip(1)
            .Select(row => new PromptStyle(Field(row, name), Field(row, prompt), Field(row, negative)))
            .Where(style => style.Name.Length > 0 && style.Name[0] != '#'));

        static string Field(IReadOnlyList<string> row, int column) => column >= 0 && column < row.Count ? row[column] : "";
    }

    /// <summary>Writes the styles in the columns that <see cref="Load"/> and the WebUI read; the file appears whole or not at all.</summary>
    public void Save(string path)
    {
        IReadOnlyList<string>[] rows = [["name", "prompt", "negative_prompt"], .. All.Select(style => new[] { style.Name, style.Prompt, style.NegativePrompt })];
        // the mark by which spreadsheets know UTF-8
        AtomicFile.Write(path, [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(CsvText.Write(rows))]);
    }

    /// <summary>A warning for every name that no style has, with the name that may have been meant.</summary>
    public IReadOnlyList<PromptWarning> Warnings(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return [.. names.Where(name => !_styles.ContainsKey(name)).Distinct(StringComparer.Ordinal).Select(Warning)];

        PromptWarning Warning(string name) => new(name, NearestName.Of(name, _styles.Keys) is { } nearest
            ? $"There is no style '{name}', so it was left out. Did you mean '{nearest}'?"
            : $"There is no style '{name}', so it was left out. Add it to the styles or correct its name.");
    }

    /// <summary>The prompt with the named styles, one after the other; an unknown one only trims.</summary>
    public string Apply(string prompt, IEnumerable<string> names) => Apply(prompt, names, style => style.Prompt);

    /// <summary>The negative prompt with the named styles.</summary>
    public string ApplyNegative(string negativePrompt, IEnumerable<string> names) => Apply(negativePrompt, names, style => style.NegativePrompt);

    private string Apply(string prompt, IEnumerable<string> names, Func<PromptStyle, string> text)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
        {
            prompt = Merge(_styles.TryGetValue(name, out var style) ? text(style) : "", prompt);
        }
        return prompt;
    }

    private static string Merge(string style, string prompt)
    {
        if (style.Contains("{prompt}", StringComparison.Ordinal)) return style.Replace("{prompt}", prompt, StringComparison.Ordinal);
        return string.Join(", ", new[] { prompt.Trim(), style.Trim() }.Where(part => part.Length > 0));
    }
}
