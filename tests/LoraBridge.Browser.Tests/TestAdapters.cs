using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Browser.Tests;

/// <summary>Adapters for a server's folder.</summary>
internal static class TestAdapters
{
    /// <summary>Two that fit the model that comes with the program: outline and pixels.</summary>
    public static void AddTwo(PageServer server)
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Data, "loras")).FullName;
        foreach (var name in (string[])["outline.safetensors", "pixels.safetensors"])
            File.Copy(Path.Combine(PageServer.Root, "tests", "Fixtures", "adapters", name), Path.Combine(folder, name));
    }

    /// <summary>Many that are small, each with a name of its own: lora-0000 and so on.</summary>
    public static void AddMany(PageServer server, int count)
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Data, "loras")).FullName;
        for (var i = 0; i < count; i++)
        {
            const string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
            var header = Encoding.UTF8.GetBytes($$$"""{"__metadata__":{"ss_output_name":"lora-{{{i:0000}}}"},"{{{layer}}}.alpha":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"{{{layer}}}.lora_down.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},"{{{layer}}}.lora_up.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[12,20]}}""");
            var file = new byte[8 + header.Length + 20];
            BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
            header.CopyTo(file, 8);
            File.WriteAllBytes(Path.Combine(folder, $"lora-{i:0000}.safetensors"), file);
        }
    }

    /// <summary>A file of one number, with metadata: enough for what only its header is read of.</summary>
    public static void WriteHeader(string path, string metadata, string key)
    {
        var header = Encoding.UTF8.GetBytes($$$"""{"__metadata__":{{{metadata}}},"{{{key}}}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""");
        var file = new byte[8 + header.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        File.WriteAllBytes(path, file);
    }
}
