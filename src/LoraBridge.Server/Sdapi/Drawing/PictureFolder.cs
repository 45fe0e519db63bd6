using System.Globalization;
using LoraBridge.Files;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Keeps pictures that requests ask to be saved, numbered as the WebUI numbers them.</summary>
internal sealed class PictureFolder(ModelFolders folders, TimeProvider time)
{
    private readonly Lock _lock = new();

    /// <summary>Checks the folders that settings name, before anything is drawn: clients set them too.</summary>
    /// <exception cref="SdapiException">One lies outside of the data folder and the WebUI's.</exception>
    public void Check(Options options, string kind)
    {
        foreach (var isGrid in (bool[])[false, true]) Folder(options, kind, isGrid);
    }

    /// <summary>Writes a file.</summary>
    /// <param name="options">The settings: folders, names, whether there is a folder a day.</param>
    /// <param name="kind"><c>txt2img</c> or <c>img2img</c>.</param>
    /// <param name="isGrid">Whether it is a grid of pictures.</param>
    /// <param name="file">The picture file.</param>
    /// <param name="ending">Its ending with a dot.</param>
    /// <param name="name">What stands behind the number in its name: the seed, and what else tells it apart.</param>
    /// <param name="infotext">Written beside it where the settings ask for that.</param>
    /// <returns>Its path.</returns>
    public string Save(Options options, string kind, bool isGrid, byte[] file, string ending, string name, string infotext)
    {
        var folder = Folder(options, kind, isGrid);
        if (options.Flag(isGrid ? "grid_save_to_dirs" : "save_to_dirs")) folder = Path.Combine(folder, time.GetLocalNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        lock (_lock)
        {
            Directory.CreateDirectory(folder);
            var stem = Path.Combine(folder, isGrid ? $"grid-{Next(folder, "grid-"):0000}" : $"{Next(folder, ""):00000}-{name}");
            AtomicFile.Write(stem + ending, file);
            if (options.Flag("save_txt") && !isGrid) File.WriteAllText(stem + ".txt", infotext + "\n");
            return stem + ending;
        }
    }

    private string Folder(Options options, string kind, bool isGrid)
    {
        var what = isGrid ? "grids" : "samples";
        string[] named = [options.Text($"outdir_{what}") ?? "", options.Text($"outdir_{kind}_{what}") ?? ""];
        if (named.FirstOrDefault(name => name.Length > 0) is not { } given) return Path.Combine(folders.Data.Outputs, $"{kind}-{(isGrid ? "grids" : "images")}");
        string[] allowed = folders.WebUi is { } webUi ? [folders.Data.Path, webUi] : [folders.Data.Path];
        if (!given.Contains('\0') && Path.GetFullPath(given, folders.Data.Path) is var folder && ModelFiles.IsBelow(folder, allowed)) return folder;
        throw new SdapiException(422, $"outdir_{what} or outdir_{kind}_{what}: pictures are written below {string.Join(" or ", allowed)} only. Give a folder there; its owner can make it a link to another place");
    }

    private static int Next(string folder, string prefix) => 1 + Directory.EnumerateFiles(folder, prefix + "*")
        .Select(path => Path.GetFileName(path).AsSpan(prefix.Length) is var name && name.IndexOfAnyExceptInRange('0', '9') is var end && int.TryParse(end < 0 ? name : name[..end], out var number) ? number : -1)
        .DefaultIfEmpty(-1).Max();
}
