namespace LoraBridge.Diffusion.Text;

/// <summary>Where CLIP's vocabulary may lie; the places are asked in the order of the properties.</summary>
public sealed record VocabularySearch
{
    /// <summary>The environment variable that names the vocabulary's file.</summary>
    public const string Variable = "LORABRIDGE_CLIP_VOCABULARY";

    private static readonly EnumerationOptions Nearby = new() { RecurseSubdirectories = true, MaxRecursionDepth = 4, IgnoreInaccessible = true };
    private static readonly EnumerationOptions Folder = new() { IgnoreInaccessible = true };

    /// <summary>The file named in the settings: alone decides when it is given.</summary>
    public string? File { get; init; }

    /// <summary>LoraBridge's data folder; the vocabulary is its <c>clip/bpe_simple_vocab_16e6.txt</c>.</summary>
    public string? DataFolder { get; init; }

    /// <summary>A WebUI's folder; its Python packages and repositories may carry the vocabulary.</summary>
    public string? WebUiFolder { get; init; }

    /// <summary>Hugging Face hub caches, with <c>models--*/snapshots/*</c> below them.</summary>
    public IReadOnlyList<string> HubFolders { get; init; } = [];

    /// <summary>Fills what is not given from environment variables: the file, and the caches that Hugging Face's own variables name.</summary>
    /// <param name="variable">Reads an environment variable; null when it is not set.</param>
    public VocabularySearch WithEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var hubs = new List<string>(HubFolders);
        Add(variable("HF_HUB_CACHE"));
        Add(Below(variable("HF_HOME"), "hub"));
        Add(Below(variable("XDG_CACHE_HOME"), "huggingface", "hub"));
        Add(Below(variable("HOME") ?? variable("USERPROFILE"), ".cache", "huggingface", "hub"));
        return this with { File = string.IsNullOrWhiteSpace(File) ? variable(Variable) : File, HubFolders = hubs };

        void Add(string? hub)
        {
            if (!string.IsNullOrWhiteSpace(hub) && !hubs.Contains(hub)) hubs.Add(hub);
        }
        static string? Below(string? folder, params string[] parts) => string.IsNullOrWhiteSpace(folder) ? null : Path.Combine([folder, .. parts]);
    }

    /// <summary>The file that <c>setup</c> writes in a data folder.</summary>
    public static string DataFile(string dataFolder) => Path.Combine(dataFolder, "clip", "bpe_simple_vocab_16e6.txt");

    /// <summary>The files to try after <see cref="File"/>, best first; all of them exist.</summary>
    internal IEnumerable<string> Candidates() =>
        FromData().Concat(FromWebUi()).Concat(FromHubs()).Where(System.IO.File.Exists);

    private IEnumerable<string> FromData() => string.IsNullOrWhiteSpace(DataFolder) ? [] : [DataFile(DataFolder)];

    private IEnumerable<string> FromWebUi()
    {
        if (string.IsNullOrWhiteSpace(WebUiFolder)) yield break;
        foreach (var environment in new[] { "venv", ".venv" })
        {
            var libraries = Directories(Path.Combine(WebUiFolder, environment, "lib"), "python*").Append(Path.Combine(WebUiFolder, environment, "Lib"));
            foreach (var library in libraries)
            {
                foreach (var package in new[] { "clip", "open_clip" })
                {
                    yield return Path.Combine(library, "site-packages", package, "bpe_simple_vocab_16e6.txt.gz");
                }
            }
        }
        foreach (var file in Files(Path.Combine(WebUiFolder, "repositories"), "bpe_simple_vocab_16e6.txt*")) yield return file;
        // the main fork ships each model's tokenizer
        foreach (var file in Files(Path.Combine(WebUiFolder, "backend", "huggingface"), "merges.txt")) yield return file;
        foreach (var file in FromHub(Path.Combine(WebUiFolder, ".cache", "huggingface", "hub"))) yield return file;
    }

    private IEnumerable<string> FromHubs() => HubFolders.SelectMany(FromHub);

    private static IEnumerable<string> FromHub(string hub) =>
        from model in Directories(hub, "models--*")
        from snapshot in Directories(Path.Combine(model, "snapshots"), "*")
        from file in new[] { Path.Combine(snapshot, "merges.txt"), Path.Combine(snapshot, "tokenizer", "merges.txt") }
        select file;

    private static IEnumerable<string> Directories(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, pattern, Folder).Order(StringComparer.Ordinal) : [];

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, pattern, Nearby).Order(StringComparer.Ordinal) : [];
}
