using LoraBridge.Checkpoints;
using LoraBridge.Tests.Goldens;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Generation;

/// <summary>A folder of adapters for the small model: the goldens' two, and copies under other names or with other metadata.</summary>
internal sealed class AdapterFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("loras-").FullName;

    public AdapterFolder(params string[] goldens)
    {
        foreach (var name in goldens) Copy(name, name);
    }

    public static string Golden(string name) => System.IO.Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", $"lora-{name}.safetensors");

    public string Copy(string golden, string name, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var path = System.IO.Path.Combine(Path, $"{name}.safetensors");
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(Golden(golden));
        SafetensorsWriter.Write(path, file.Tensors.Keys.ToDictionary(key => key, key => file.Read(key)), metadata ?? file.Metadata);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
