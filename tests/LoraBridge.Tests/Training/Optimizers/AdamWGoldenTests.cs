using LoraBridge.Checkpoints;
using LoraBridge.Tests.Goldens;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>The reference's parameters after one step of AdamW, from its own gradients.</summary>
public sealed class AdamWGoldenTests
{
    // a gradient that is 0 but for rounding moves its parameter anywhere between plus and minus the rate
    private const double LeastGradient = 1e-7;

    public static TheoryData<string> Files => ["train-unet", "train-unet-zero-up", "train-unet-text-minsnr"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Step_FromTheReferencesGradients_GivesItsParameters(string name)
    {
        using var scope = NewDisposeScope();
        var folder = Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny");
        using var start = CheckpointFile.Open(Path.Combine(folder, "train-start.safetensors"));
        using var run = CheckpointFile.Open(Path.Combine(folder, $"{name}.safetensors"));
        var keys = run.Tensors.Keys.Where(key => key.StartsWith("grad.", StringComparison.Ordinal)).Select(key => key["grad.".Length..]).ToArray();
        var parameters = keys.Select(key => new NamedParameter(key, new Parameter(Start(start, key, isZero: name.EndsWith("zero-up", StringComparison.Ordinal))))).ToArray();
        using var optimizer = new AdamW([new("all", parameters, 1e-3, 0.01)]);

        foreach (var (key, parameter) in parameters) parameter.grad = run.Read($"grad.{key}").to(float32);
        optimizer.Step();

        Assert.True(keys.Length > 300, $"{keys.Length} parameters");
        foreach (var (key, parameter) in parameters)
        {
            using var one = NewDisposeScope();
            var matters = run.Read($"grad.{key}").abs().gt(LeastGradient).to(float32);
            var limit = name.EndsWith("zero-up", StringComparison.Ordinal) && key.Contains("lora_down", StringComparison.Ordinal) ? 0 : 1e-3;
            TensorAssert.Close(run.Read($"after1.{key}") * matters, parameter.detach() * matters, 2e-6, key);
            // where the gradient is nothing, the step is at most the rate
            TensorAssert.Close(run.Read($"after1.{key}"), parameter.detach(), 2e-6 + 2 * limit, key);
        }
    }

    private static Tensor Start(CheckpointFile file, string key, bool isZero)
    {
        var value = file.Read(key).to(float32);
        return isZero && key.Contains("lora_up", StringComparison.Ordinal) ? zeros_like(value) : value;
    }
}
