using System.Text.RegularExpressions;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.House;

/// <summary>The repository's C# sources, without comments and text, for rules that no compiler knows.</summary>
internal static partial class SourceFiles
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(GoldenFolders.Fixtures, "..", ".."));

    /// <summary>The files below a folder of the repository: their path from its root, and their code.</summary>
    public static IEnumerable<(string Path, string Code)> Below(string folder) =>
        from path in Directory.EnumerateFiles(Path.Combine(s_root, folder), "*.cs", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(s_root, path).Replace('\\', '/')
        where !name.Contains("/bin/", StringComparison.Ordinal) && !name.Contains("/obj/", StringComparison.Ordinal)
        orderby name
        select (name, CodeOf(File.ReadAllText(path)));

    /// <summary>Source text with comments and the insides of strings blanked; line breaks stay.</summary>
    public static string CodeOf(string source) => Noise().Replace(source, match => Visible().Replace(match.Value, " "));

    [GeneratedRegex("\"\"\".*?\"\"\"|//[^\\n]*|/\\*.*?\\*/|@\"(?:[^\"]|\"\")*\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'", RegexOptions.Singleline)]
    private static partial Regex Noise();

    [GeneratedRegex(@"[^\n]")]
    private static partial Regex Visible();
}
