using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Generation;

/// <summary>Pipelines over the fixtures' small model.</summary>
internal static class Pipelines
{
    private static readonly VocabularySearch s_vocabulary = new() { File = Path.Combine(GoldenFolders.Fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz") };

    public static string TinyModel => Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors");

    public static ClipTokenizer Tokenizer { get; } = new(ClipVocabulary.Find(s_vocabulary));

    public static TextToImage Load(string modelPath, ComputeType type, string? cacheFolder = null, string? loraFolder = null) => TextToImage.Load(new()
    {
        ModelPath = modelPath,
        Model = new() { ComputeType = type },
        Vocabulary = s_vocabulary,
        CacheFolder = cacheFolder,
        LoraFolders = loraFolder is null ? [] : [loraFolder],
    });
}
