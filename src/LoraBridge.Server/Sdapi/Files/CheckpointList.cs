using System.Text.RegularExpressions;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>The checkpoints of the folders, with the hashes that are known so far.</summary>
internal sealed partial class CheckpointList
{
    private static readonly string[] s_notCheckpoints = [".vae.safetensors", ".vae.ckpt", ".vae.pt"];

    private readonly ModelFolders _folders;
    private readonly HashQueue _hashes;
    private volatile IReadOnlyList<Checkpoint> _found = [];

    /// <summary>Looks at the folders.</summary>
    public CheckpointList(ModelFolders folders, HashQueue hashes)
    {
        (_folders, _hashes) = (folders, hashes);
        Refresh();
    }

    /// <summary>All checkpoints: the one named at the start, then folder by folder, at last the one that comes with the program.</summary>
    public IReadOnlyList<Checkpoint> All => [.. _found.Select(found => found with { Sha256 = _hashes.Known(found.Path) })];

    /// <summary>Looks at the folders again; hashes follow in the background.</summary>
    public void Refresh()
    {
        var found = _folders.Checkpoints
            .SelectMany(folder => ModelFiles.Below(folder, ".safetensors", ".ckpt").Select(path => new Checkpoint(path, Path.GetRelativePath(folder, path))))
            .Where(checkpoint => !s_notCheckpoints.Any(ending => checkpoint.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));
        if (_folders.Settings.Model is { } model) found = found.Prepend(new(model, Path.GetFileName(model)));
        if (_folders.Settings.LastModel is { } last) found = found.Append(new(last, Path.GetFileName(last)));
        _found = [.. found.DistinctBy(checkpoint => checkpoint.Path)];
        _hashes.Enqueue(_found.Select(checkpoint => checkpoint.Path));
    }

    /// <summary>The checkpoint that has exactly this name; null for none.</summary>
    public Checkpoint? Find(string? name) => string.IsNullOrEmpty(name) ? null : All.FirstOrDefault(checkpoint => checkpoint.IsCalled(name));

    /// <summary>The same, else the one with the shortest title that contains the text, with or without the hash at its end.</summary>
    public Checkpoint? FindLike(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;
        return Find(name) ?? Containing(name) ?? (HashAtEnd().Replace(name, "") is var bare && bare != name ? Containing(bare) : null);
    }

    /// <summary>What is used where nothing is chosen: the one named at the start, else the first; null where there is none at all.</summary>
    public Checkpoint? Default => All is [var first, ..] ? first : null;

    /// <summary>What is drawn with under some settings: the one they name, else the default; null where there is none at all.</summary>
    public Checkpoint? InUse(Options options) => FindLike(options.Text("sd_model_checkpoint")) ?? Default;

    private Checkpoint? Containing(string text) => All.Where(checkpoint => checkpoint.Title.Contains(text, StringComparison.Ordinal)).MinBy(checkpoint => checkpoint.Title.Length);

    [GeneratedRegex(@"\s*\[\w+\]\s*$")]
    private static partial Regex HashAtEnd();
}
