namespace LoraBridge.Training.Settings;

/// <summary>The learning rates as they are used, and what is trained at all.</summary>
/// <param name="UNet">The UNet's.</param>
/// <param name="TextEncoder">The text encoder's.</param>
/// <param name="TrainsUNet">Whether the UNet is trained: asked for, and at a rate above 0.</param>
/// <param name="TrainsTextEncoder">Whether the text encoder is trained: asked for, and at a rate above 0.</param>
public sealed record LearningRates(double UNet, double TextEncoder, bool TrainsUNet, bool TrainsTextEncoder)
{
    /// <summary>The larger of the rates that are used; 0 for none.</summary>
    public double Largest => Math.Max(TrainsUNet ? UNet : 0, TrainsTextEncoder ? TextEncoder : 0);

    /// <summary>The rates of a run: a part's own, else the common one; 0 leaves the part untrained.</summary>
    public static LearningRates Of(TrainingOptions options)
    {
        var unet = options.Optimizer.UNetLearningRate ?? options.Optimizer.LearningRate;
        var text = options.Optimizer.TextEncoderLearningRate ?? options.Optimizer.LearningRate;
        return new(unet, text, options.Network.TrainUNet && unet > 0, options.Network.TrainTextEncoder && text > 0);
    }
}
