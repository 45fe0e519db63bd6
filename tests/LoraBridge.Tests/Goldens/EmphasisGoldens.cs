using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>The first prompt's context times the weights of its tokens, rescaled to the mean it had.</summary>
internal static class EmphasisGoldens
{
    private const string Result = "emphasis.context";

    public static readonly GoldenCheck Check = new(
        "text.safetensors",
        path =>
        {
            using var file = CheckpointFile.Open(path);
            return file.Tensors.ContainsKey(Result) ? [Result] : [];
        },
        Run);

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var weights = file.Read("emphasis.multipliers").data<float>().Select(weight => (double)weight).ToArray();

        var actual = Emphasis.Apply(file.Read("context").narrow(0, 0, 1), [weights], EmphasisMode.Original);

        GoldenModels.Check(path, file, name, actual, 2e-5);
    }
}
