using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Generation;

/// <summary>Pipelines over the fixtures' small model.</summary>
internal static class Pipelines
{
    public static VocabularySearch Vocabulary { get; } = new() { File = Path.Combine(GoldenFolders.Fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz") };

    public static string TinyModel => Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors");

    public static ClipTokenizer Tokenizer { get; } = new(ClipVocabulary.Find(Vocabulary));

    public static TextToImage Load(string modelPath, ComputeType type, string? cacheFolder = null, string? loraFolder = null) => TextToImage.Load(new()
    {
        ModelPath = modelPath,
        Model = new() { ComputeType = type },
        Vocabulary = Vocabulary,
        CacheFolder = cacheFolder,
        LoraFolders = loraFolder is null ? [] : [loraFolder],
    });
}
