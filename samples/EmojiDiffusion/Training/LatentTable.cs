using System.Security.Cryptography;
using EmojiDiffusion.Data;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>The latents of every glyph over every background, made once and kept in a file: training draws from them alone.</summary>
internal static class LatentTable
{
    /// <summary>What it is called in a folder.</summary>
    public const string FileName = "latents.safetensors";

    private const string TensorName = "latents", SourceName = "source";

    /// <summary>The table in a stage's folder.</summary>
    public static Tensor ReadOrMake(StageOptions options, string autoencoderPath, IReadOnlyList<Glyph> glyphs, TextWriter log) =>
        ReadOrMake(Path.Combine(options.Folder, FileName), autoencoderPath, glyphs, new(options.Device), options.BFloat16, log);

    /// <summary>Reads the table, or makes it if the file is not there or of other pictures or another autoencoder.</summary>
    /// <param name="path">The table's file.</param>
    /// <param name="autoencoderPath">The autoencoder's file.</param>
    /// <param name="glyphs">G glyphs.</param>
    /// <param name="device">Where to encode.</param>
    /// <param name="bfloat16">Whether to multiply in bfloat16.</param>
    /// <param name="log">Told when it is made.</param>
    /// <returns>Latents times the scale factor, (G, backgrounds, 4, 16, 16), float32 on the CPU.</returns>
    public static Tensor ReadOrMake(string path, string autoencoderPath, IReadOnlyList<Glyph> glyphs, Device device, bool bfloat16, TextWriter log)
    {
        var source = Source(autoencoderPath, glyphs);
        if (File.Exists(path))
        {
            using var file = CheckpointFile.Open(path);
            if (file.Metadata.GetValueOrDefault(SourceName) == source)
            {
                using var stored = file.Read(TensorName);
                return stored.to(float32);
            }
        }
        log.WriteLine($"latents: encoding {glyphs.Count} glyphs over {BackgroundColor.All.Count} backgrounds");
        using var autoencoder = AutoencoderFile.Load(autoencoderPath, device);
        if (bfloat16) ModelWeights.MultiplyIn(autoencoder, ScalarType.BFloat16);
        var latents = Encode(autoencoder, glyphs, device);
        using var half = latents.to(float16);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { [TensorName] = half }, new Dictionary<string, string> { [SourceName] = source });
        return latents;
    }

    /// <summary>Latents times the scale factor, (G, backgrounds, 4, 16, 16), float32 on the CPU.</summary>
    public static Tensor Encode(AutoencoderKL autoencoder, IReadOnlyList<Glyph> glyphs, Device device)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var encoded = new List<Tensor>();
        foreach (var glyph in glyphs)
        {
            using var one = NewDisposeScope();
            var images = GlyphTensors.Of([.. BackgroundColor.All.Select(background => (glyph, background))]).to(device);
            encoded.Add((autoencoder.Encode(images).Mean * LatentScale.Factor).cpu().MoveToOuterDisposeScope());     // (backgrounds, 4, 16, 16)
        }
        return stack(encoded).MoveToOuterDisposeScope();
    }

    private static string Source(string autoencoderPath, IReadOnlyList<Glyph> glyphs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(autoencoderPath));
        foreach (var glyph in glyphs) hash.AppendData(glyph.Picture.Pixels);
        foreach (var background in BackgroundColor.All) hash.AppendData([background.Color.R, background.Color.G, background.Color.B]);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
