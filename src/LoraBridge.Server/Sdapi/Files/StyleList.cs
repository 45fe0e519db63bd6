using LoraBridge.Diffusion.Text;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>The styles of the WebUI's file as it is now.</summary>
internal sealed class StyleList(ModelFolders folders)
{
    private readonly Lock _lock = new();
    private (DateTime Changed, PromptStyles Styles) _read = (default, new([]));

    /// <summary>The styles; none where there is no file or it is none of styles.</summary>
    public PromptStyles Current
    {
        get
        {
            lock (_lock)
            {
                if (!File.Exists(folders.Styles)) return new([]);
                var changed = File.GetLastWriteTimeUtc(folders.Styles);
                if (_read.Changed != changed) _read = (changed, Load(folders.Styles));
                return _read.Styles;
            }
        }
    }

    private static PromptStyles Load(string path)
    {
        try
        {
            return PromptStyles.Load(path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new([]);
        }
    }
}
