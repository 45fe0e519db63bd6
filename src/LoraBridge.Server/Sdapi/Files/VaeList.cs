namespace LoraBridge.Server.Sdapi.Files;

/// <summary>An autoencoder in a file of its own.</summary>
/// <param name="Name">The file's name, ending included.</param>
/// <param name="Path">Its full path.</param>
internal sealed record VaeFile(string Name, string Path);

/// <summary>The autoencoders of the folders, those beside checkpoints included.</summary>
internal sealed class VaeList
{
    private readonly ModelFolders _folders;
    private volatile IReadOnlyList<VaeFile> _found = [];

    /// <summary>Looks at the folders.</summary>
    public VaeList(ModelFolders folders)
    {
        _folders = folders;
        Refresh();
    }

    /// <summary>All of them by name; of two with one name the later.</summary>
    public IReadOnlyList<VaeFile> All => _found;

    /// <summary>Looks again.</summary>
    public void Refresh()
    {
        var beside = _folders.Checkpoints.SelectMany(folder => ModelFiles.Below(folder, ".vae.safetensors", ".vae.ckpt", ".vae.pt"));
        var own = _folders.Vaes.SelectMany(folder => ModelFiles.Below(folder, ".safetensors", ".ckpt", ".pt"));
        _found = [.. beside.Concat(own).Select(path => new VaeFile(Path.GetFileName(path), path)).GroupBy(file => file.Name).Select(group => group.Last()).OrderBy(file => file.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>What a setting means for a checkpoint; null for the checkpoint's own.</summary>
    /// <param name="setting"><c>Automatic</c> takes the file that begins with the checkpoint's name; <c>None</c> and unknown names take none.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    public VaeFile? Find(string? setting, Checkpoint checkpoint)
    {
        if (setting is not (null or "" or "Automatic" or "auto")) return _found.FirstOrDefault(file => file.Name == setting);
        var stem = Path.GetFileNameWithoutExtension(checkpoint.Path);
        return _found.FirstOrDefault(file => file.Name.StartsWith(stem + ".", StringComparison.Ordinal));
    }
}
