using System.Reflection;

namespace LoraBridge.Tests.Goldens;

/// <summary>
/// The folders of reference values: those in LORABRIDGE_GOLDENS (separated as PATH is), else the repository's own.
/// A folder's subfolders belong to it.
/// </summary>
internal static class GoldenFolders
{
    private static readonly Lazy<GoldenCheck[]> s_checks = new(() =>
    [
        .. typeof(GoldenFolders).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field.FieldType == typeof(GoldenCheck))
            .Select(field => (GoldenCheck)field.GetValue(null)!),
    ]);

    /// <summary>Files that describe a set and are read by the checks of the files beside them.</summary>
    public static readonly string[] Companions = ["README.md", "config.json", "tolerances.json", "model.safetensors", "lora-linear.safetensors", "lora-locon.safetensors"];

    /// <summary>Whether the folders were given by the caller.</summary>
    public static bool AreGiven => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("LORABRIDGE_GOLDENS"));

    /// <summary>Every check there is, one or several for a file name.</summary>
    public static IReadOnlyList<GoldenCheck> Checks => s_checks.Value;

    /// <summary>The folder of the repository's fixtures.</summary>
    public static string Fixtures { get; } = FindFixtures();

    /// <summary>The folders as given; a folder that does not exist is an error, not an empty set.</summary>
    public static IReadOnlyList<string> Roots
    {
        get
        {
            var given = Environment.GetEnvironmentVariable("LORABRIDGE_GOLDENS");
            if (string.IsNullOrEmpty(given)) return [Path.Combine(Fixtures, "goldens")];
            return [.. given.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFullPath)];
        }
    }

    /// <summary>All files below the roots, in a stable order.</summary>
    public static IEnumerable<string> Files => Roots
        .SelectMany(root => Directory.Exists(root)
            ? Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            : throw new DirectoryNotFoundException($"The golden folder '{root}' does not exist."))
        .Order(StringComparer.Ordinal);

    private static string FindFixtures()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var fixtures = Path.Combine(folder.FullName, "tests", "Fixtures");
            if (Directory.Exists(fixtures)) return fixtures;
        }
        throw new DirectoryNotFoundException($"No tests/Fixtures above {AppContext.BaseDirectory}.");
    }
}
