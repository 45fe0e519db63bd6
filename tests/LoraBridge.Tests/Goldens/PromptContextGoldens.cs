using System.Text;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Text;
using LoraBridge.Tests.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>Prompts and the text embeddings they become, chunks, weights and clip skip included.</summary>
internal static class PromptContextGoldens
{
    private const string Skip = ".skip";

    public static readonly GoldenCheck Check = new(
        "prompt-contexts.safetensors",
        path =>
        {
            using var file = CheckpointFile.Open(path);
            return [.. file.Tensors.Keys.Where(name => !name.EndsWith(".text", StringComparison.Ordinal))];
        },
        Run);

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var model = GoldenModels.Beside(path);
        var prompt = Encoding.UTF8.GetString(file.Read(name[..name.IndexOf('.')] + ".text").data<byte>().ToArray());
        var at = name.IndexOf(Skip, StringComparison.Ordinal);
        var clipSkip = at < 0 ? 1 : long.Parse(name.AsSpan(at + Skip.Length), System.Globalization.CultureInfo.InvariantCulture);
        using var encoder = new PromptEncoder(Clip.Tokenizer, ids => model.TextEncoder.call(ids, clipSkip));

        using var conditioning = encoder.EncodeNegative(prompt, new() { Steps = 10 });

        GoldenModels.Check(path, file, name, conditioning.At(0), 2e-5);
    }
}
