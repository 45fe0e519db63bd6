using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;
using LoraBridge.Tests.Checkpoints;

namespace LoraBridge.Tests.Lora.Catalog;

/// <summary>A folder of one test's adapters, and one for the index; both gone when the test ends.</summary>
internal sealed class AdapterFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("adapters-");

    /// <summary>The adapters' folder.</summary>
    public string Root => Directory.CreateDirectory(Path.Combine(_folder.FullName, "Lora")).FullName;

    /// <summary>The index's folder, which need not exist.</summary>
    public string Cache => Path.Combine(_folder.FullName, "cache");

    /// <summary>A folder outside of the adapters'.</summary>
    public string Outside => Directory.CreateDirectory(Path.Combine(_folder.FullName, "outside")).FullName;

    public string this[string relative] => Path.Combine(Root, relative);

    /// <summary>Writes a small linear adapter whose header has the metadata given.</summary>
    public string Adapter(string relative, params (string Key, string Value)[] metadata) =>
        Write(relative, Bytes(metadata, ("lora_unet_x.lora_down.weight", [4, 8]), ("lora_unet_x.lora_up.weight", [8, 4]), ("lora_unet_x.alpha", [])));

    public string Write(string relative, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[relative])!);
        File.WriteAllBytes(this[relative], bytes);
        return this[relative];
    }

    public string Write(string relative, string text) => Write(relative, System.Text.Encoding.UTF8.GetBytes(text));

    public LoraCatalogOptions Options => new() { Folders = [Root], CacheFolder = Cache, Watch = false };

    public LoraCatalog Open() => LoraCatalog.Open(Options);

    /// <summary>The bytes of a safetensors file of zeros.</summary>
    public static byte[] Bytes((string Key, string Value)[] metadata, params (string Name, long[] Shape)[] tensors)
    {
        var parts = new List<string>();
        if (metadata.Length > 0) parts.Add("\"__metadata__\":" + JsonSerializer.Serialize(metadata.ToDictionary(pair => pair.Key, pair => pair.Value)));
        var end = 0L;
        foreach (var (name, shape) in tensors)
        {
            var begin = end;
            end += 2 * shape.Aggregate(1L, (a, b) => a * b);
            parts.Add(SafetensorsBytes.Tensor(name, "F16", string.Join(',', shape), begin, end));
        }
        return SafetensorsBytes.File("{" + string.Join(',', parts) + "}", (int)end);
    }

    /// <summary>Entries of a header with these names and shapes.</summary>
    public static IEnumerable<TensorEntry> Tensors(params (string Name, long[] Shape)[] tensors) =>
        tensors.Select(tensor => new TensorEntry(tensor.Name, TensorType.F16, tensor.Shape, 0, 0));

    public void Dispose() => _folder.Delete(recursive: true);
}
