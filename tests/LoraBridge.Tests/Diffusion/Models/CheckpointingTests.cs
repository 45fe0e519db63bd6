using System.Globalization;
using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Native;
using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

/// <summary>What is computed again gives the gradients of what is kept, in less memory. Memory is the process's, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class CheckpointingTests
{
    [Theory]
    [InlineData(Checkpointing.Attention)]
    [InlineData(Checkpointing.Blocks)]
    public void UNetGradients_AreThoseOfWhatIsKept(Checkpointing checkpointing)
    {
        using var scope = NewDisposeScope();
        using var unet = Tiny.UNet();
        var (kept, _) = Gradients(unet, Checkpointing.None, size: 13);          // odd, so that sizes are fitted on the way up
        var (again, _) = Gradients(unet, checkpointing, size: 13);
        Assert.True(kept.Count > 30);
        foreach (var (name, gradient) in kept) TensorAssert.Close(gradient, again[name], 1e-6 * Math.Max(1, gradient.abs().max().ToDouble()), name);
    }

    [Fact]
    public void TextGradients_AreThoseOfWhatIsKept()
    {
        using var scope = NewDisposeScope();
        using var text = Tiny.Text();
        var ids = arange(77, dtype: int64, device: CPU).unsqueeze(0);
        var weight = text.parameters().First(parameter => parameter.dim() == 2 && parameter.shape[0] == 256);
        Tensor Gradient(Checkpointing checkpointing)
        {
            text.Checkpointing = checkpointing;
            weight.requires_grad_();
            TorchExtras.Backward(text.call(ids, 2).square().sum());
            var gradient = weight.grad!.clone();
            weight.grad = null;
            return gradient;
        }
        var kept = Gradient(Checkpointing.None);
        TensorAssert.Close(kept, Gradient(Checkpointing.Blocks), 1e-5 * kept.abs().max().ToDouble());
    }

    [Fact]
    public void Memory_OfBlocksThatRunAgain_IsAFractionOfWhatIsKept()
    {
        using var scope = NewDisposeScope();
        using var unet = Tiny.UNet();
        _ = Gradients(unet, Checkpointing.None, size: 8);                       // what a first run makes for good is made
        var blocks = Gradients(unet, Checkpointing.Blocks, size: 32).Peak;
        var attention = Gradients(unet, Checkpointing.Attention, size: 32).Peak;
        var kept = Gradients(unet, Checkpointing.None, size: 32).Peak;
        Assert.True(blocks < 0.6 * kept, $"blocks {blocks >> 20} MiB, kept {kept >> 20} MiB");
        Assert.True(attention < 0.7 * kept, $"attention {attention >> 20} MiB, kept {kept >> 20} MiB");
    }

    [Fact]
    public void Checkpointing_OverSteps_KeepsNothing()
    {
        using var scope = NewDisposeScope();
        using var unet = Tiny.UNet();
        foreach (var way in new[] { Checkpointing.Attention, Checkpointing.Blocks })
        {
            var count = 0L;
            for (var step = 0; step < 3; step++)
            {
                using (NewDisposeScope()) _ = Gradients(unet, way, size: 8);
                if (step == 0) count = ProcessWide.CountTensors();
            }
            Assert.Equal(count, ProcessWide.CountTensors());
        }
    }

    [Theory]
    [InlineData(0L, 200L)]
    [InlineData(0L, 1L << 20)]
    [InlineData(1L << 20, 200L)]
    public void Attention_ThatMakesScoresAgain_HasTheSameGradients(long keptBytes, long chunkBytes)
    {
        using var scope = NewDisposeScope();
        Tensor[] Gradients(long kept, long chunk)
        {
            Tensor[] inputs = [.. new ulong[] { 1, 2, 3 }.Select(seed => Tiny.Normal(seed, 2, 2, 7, 5).requires_grad_())];
            TorchExtras.Backward((Attention.Chunked(inputs[0], inputs[1], inputs[2], null, chunk, kept) * Tiny.Normal(4, 2, 2, 7, 5)).sum());
            return [.. inputs.Select(input => input.grad!)];
        }
        foreach (var (plain, again) in Gradients(long.MaxValue, 1 << 20).Zip(Gradients(keptBytes, chunkBytes))) TensorAssert.Close(plain, again, 2e-6);
    }

    // the gradients of some weights, and by how much the process's memory grew at most
    private static (Dictionary<string, Tensor> Gradients, long Peak) Gradients(UNet2DConditionModel unet, Checkpointing checkpointing, long size)
    {
        unet.Checkpointing = checkpointing;
        var trained = unet.named_parameters().Where(row => row.name.EndsWith("to_k.weight", StringComparison.Ordinal) || row.name.EndsWith("in_layers.2.bias", StringComparison.Ordinal)).ToArray();
        foreach (var (_, parameter) in trained) parameter.requires_grad_();
        var (latents, timesteps, context) = Tiny.UNetInputs(batch: 1, size: size);
        TorchExtras.ReleaseCachedMemory();
        File.WriteAllText("/proc/self/clear_refs", "5");                        // the peak begins anew
        var before = Status("VmRSS");
        using (NewDisposeScope()) TorchExtras.Backward(unet.call(latents, timesteps, context).square().mean());
        var peak = Status("VmHWM") - before;

        var gradients = trained.ToDictionary(row => row.name, row => row.parameter.grad!.clone());
        foreach (var (_, parameter) in trained)
        {
            parameter.grad = null;
            parameter.requires_grad_(false);
        }
        return (gradients, peak);
    }

    private static long Status(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
