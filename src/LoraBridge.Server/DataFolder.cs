using LoraBridge.Diffusion.Text;

namespace LoraBridge.Server;

/// <summary>The folder below which LoraBridge writes everything, and the places in it.</summary>
/// <param name="Path">Its full path; it need not exist yet.</param>
internal sealed record DataFolder(string Path)
{
    /// <summary>LORABRIDGE_DATA, which the launcher sets to data/ in the repository, else lorabridge/ in the user's data home (XDG).</summary>
    public static string Default =>
        Environment.GetEnvironmentVariable("LORABRIDGE_DATA") is { Length: > 0 } given ? System.IO.Path.GetFullPath(given)
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "lorabridge");

    /// <summary>CLIP's vocabulary, as the set-up extracts it.</summary>
    public string ClipVocabulary => VocabularySearch.DataFile(Path);

    /// <summary>What can be computed anew, such as the hashes of model files.</summary>
    public string Cache => System.IO.Path.Combine(Path, "cache");

    /// <summary>Adapters that prompts may name, besides those of a WebUI.</summary>
    public string Loras => System.IO.Path.Combine(Path, "loras");

    /// <summary>Textual-inversion embeddings that prompts may name.</summary>
    public string Embeddings => System.IO.Path.Combine(Path, "embeddings");

    /// <summary>Checkpoints besides those of a WebUI.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Autoencoders besides those of a WebUI.</summary>
    public string Vaes => System.IO.Path.Combine(Path, "vae");

    /// <summary>What clients of the WebUI's API have set.</summary>
    public string Options => System.IO.Path.Combine(Path, "options.json");

    /// <summary>Data sets for training, a folder each.</summary>
    public string Datasets => System.IO.Path.Combine(Path, "datasets");

    /// <summary>Pictures without a name of their own.</summary>
    public string Outputs => System.IO.Path.Combine(Path, "outputs");

    /// <summary>The queue of jobs, and a folder for each of them.</summary>
    public string Jobs => System.IO.Path.Combine(Path, "jobs");

    /// <summary>Saved blends, a file each.</summary>
    public string Blends => System.IO.Path.Combine(Path, "blends");

    /// <summary>Saved settings for trainings, a file each.</summary>
    public string Presets => System.IO.Path.Combine(Path, "presets");

    /// <summary>What the page wants to find again, a file a key.</summary>
    public string PageState => System.IO.Path.Combine(Path, "page-state");

    /// <summary>What the server wrote down about its work.</summary>
    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>What is owed to a WebUI.</summary>
    public string WebUiMemo => System.IO.Path.Combine(Path, "webui.json");

    /// <summary>The folder of the engine's socket, outside of this one; its name is here so that the next server can remove it.</summary>
    public string EngineTrace => System.IO.Path.Combine(Path, "engine.txt");
}
