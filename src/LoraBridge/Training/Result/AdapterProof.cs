using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Result;

/// <summary>What was found when a trained adapter was read back as a user's program would read it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Modules">Layers that it changes.</param>
/// <param name="Movement">By how much of its own size it changes the UNet's prediction at weight 1.</param>
/// <param name="Problems">What is wrong with it, in sentences; empty when it is sound.</param>
public sealed record AdapterProof(string Path, int Modules, double Movement, IReadOnlyList<string> Problems)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Problems.Count == 0;

    /// <summary>One sentence for the log.</summary>
    public string Sentence => IsSound
        ? FormattableString.Invariant($"{System.IO.Path.GetFileName(Path)} was read back: {Modules} layers, no NaN, it moves the prediction by {Movement:0.00%} at weight 1.")
        : $"{System.IO.Path.GetFileName(Path)} was read back, and something is wrong: {string.Join(" ", Problems)}";

    /// <summary>Reads the file for the model and lets it act on a fixed input.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model it was trained on, with no other adapter on its layers.</param>
    /// <param name="text">What <see cref="TextOf"/> gave, where the text encoder has left since; null asks it.</param>
    internal static AdapterProof Of(string path, StableDiffusionModel model, Tensor? text = null)
    {
        var problems = new List<string>();
        try
        {
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            using var mixer = new LoraMixer(model);
            using var network = LoraNetwork.Load(path, mixer.Layers);
            if (network.UnknownKeys.Count > 0) problems.Add($"{network.UnknownKeys.Count} of its tensors stand for nothing in the model, the first of them '{network.UnknownKeys[0]}'.");
            problems.AddRange(network.Report.Warnings);
            var movement = MovementOf(model, mixer, network, text);
            if (!double.IsFinite(movement)) problems.Add("With it the model's predictions are no numbers: train again at a lower learning rate.");
            else if (movement == 0) problems.Add("It does not change the model's predictions: nothing was learned, raise the learning rate or the steps.");
            return new(path, network.UNetModules + network.TextModules, movement, problems);
        }
        catch (LoraMismatchException wrong)
        {
            return new(path, 0, double.NaN, [wrong.Message]);
        }
    }

    /// <summary>The text states of the fixed input, (1, 77, D); they are the caller's.</summary>
    internal static Tensor TextOf(StableDiffusionModel model)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var ids = arange(0, 77, dtype: int64, device: model.Device).unsqueeze(0);
        return model.TextEncoder.call(ids, 1).to(model.ComputeType).MoveToOuterDisposeScope();
    }

    // relative to the prediction's own size; text layers move it by way of the text states
    private static double MovementOf(StableDiffusionModel model, LoraMixer mixer, LoraNetwork network, Tensor? text)
    {
        var generator = new Generator(20231);
        var x = randn([1, 4, 16, 16], dtype: float32, device: CPU, generator: generator).to(model.Device).to(model.ComputeType);
        var t = full(1, 500L, dtype: int64, device: model.Device);
        var before = Predict();
        mixer.Set([new([new(network, new("proof", 1, 1, null))])]);
        var after = Predict();
        mixer.Clear();
        return (after - before).norm().ToDouble() / before.norm().ToDouble();

        Tensor Predict() => model.UNet.call(x, t, text ?? TextOf(model)).to(float32);
    }
}
