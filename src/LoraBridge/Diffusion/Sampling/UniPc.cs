using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The unified predictor-corrector in its data-prediction multistep form (Zhao et al. 2023, UniPC, arXiv:2302.04867, algorithms 5 and 7).</summary>
/// <remarks>Each evaluation serves twice: it corrects the step that led to it, then predicts the next.</remarks>
internal static class UniPc
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> timesteps, SamplerOptions options)
    {
        if (timesteps.Count == 0) return;
        var nodes = UniPcNodes.Place(denoiser.Schedule, timesteps, options);
        var steps = nodes.Count - 1;
        var denoised = new TensorHistory(options.UniPc.Order);
        using (NewDisposeScope()) denoised.Push(Denoise(denoiser, x, nodes[0]));
        for (var i = 1; i <= steps; i++)
        {
            using var step = NewDisposeScope();
            var order = Math.Min(options.UniPc.Order, i);
            if (options.UniPc.LowerOrderFinal) order = Math.Min(order, steps + 1 - i);
            options.Report(i - 1, nodes[i - 1].Sigma, x, denoised[0]);

            var update = new UniPcUpdate(nodes, i, order, options.UniPc.Variant);
            var predicted = update.Predict(x, denoised);
            if (i == steps)
            {
                x.copy_(predicted);
                return;
            }
            var next = Denoise(denoiser, predicted, nodes[i]);
            x.copy_(update.Correct(x, denoised, next));
            denoised.Push(next);
        }
    }

    private static Tensor Denoise(Denoiser denoiser, Tensor x, UniPcNode node)
    {
        using var scope = NewDisposeScope();
        var noise = denoiser.PredictNoise(x, node.Timestep).Guided;
        return ((x - noise * node.Spread) / node.Signal).MoveToOuterDisposeScope();
    }
}
