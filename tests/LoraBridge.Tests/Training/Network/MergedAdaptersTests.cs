using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Tests.Generation;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Network;

public sealed class MergedAdaptersTests
{
    [Theory]
    [InlineData("linear", 0.7)]
    [InlineData("locon", -1.0)]
    public void Merge_AnAdapter_ComputesWhatItDoesOnTheModel(string name, double weight)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(Pipelines.TinyModel, new() { Device = "cpu", ComputeType = ComputeType.Float32, WidenWeights = true });
        var plain = Predict(model);
        Tensor wanted;
        using (var mixer = new LoraMixer(model))
        using (var network = LoraNetwork.Load(AdapterFolder.Golden(name), mixer.Layers))
        {
            mixer.Set([new([new(network, new("x", weight, weight, null))])]);
            wanted = Predict(model);
        }
        MergedAdapters.Merge(model, new() { MergedWeights = [AdapterFolder.Golden(name)], MergedWeightMultipliers = [weight] });
        TensorAssert.Close(wanted, Predict(model), 1e-4);
        Assert.True((wanted - plain).abs().max().ToDouble() > 1e-3);
    }

    [Fact]
    public void Merge_WithoutNumbers_ActsAtOneAndAddsUp()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var twice = StableDiffusionModel.Load(Pipelines.TinyModel, new() { Device = "cpu", ComputeType = ComputeType.Float32, WidenWeights = true });
        using var once = StableDiffusionModel.Load(Pipelines.TinyModel, new() { Device = "cpu", ComputeType = ComputeType.Float32, WidenWeights = true });
        MergedAdapters.Merge(twice, new() { MergedWeights = [AdapterFolder.Golden("linear"), AdapterFolder.Golden("linear")] });
        MergedAdapters.Merge(once, new() { MergedWeights = [AdapterFolder.Golden("linear")], MergedWeightMultipliers = [2] });
        TensorAssert.Close(Predict(once), Predict(twice), 1e-4);
    }

    [Fact]
    public void MergeBeside_TakenOff_LeavesTheModelsOwnTensorsAsTheyWere()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(Pipelines.TinyModel, new() { Device = "cpu", ComputeType = ComputeType.Float32, WidenWeights = true });
        using var written = StableDiffusionModel.Load(Pipelines.TinyModel, new() { Device = "cpu", ComputeType = ComputeType.Float32, WidenWeights = true });
        var options = new BaseModelOptions { MergedWeights = [AdapterFolder.Golden("linear"), AdapterFolder.Golden("locon")], MergedWeightMultipliers = [0.7] };
        var (plain, owned) = (Predict(model), model.UNet.parameters().ToList());
        MergedAdapters.Merge(written, options);

        var merged = MergedAdapters.MergeBeside(model, options);
        var changed = Predict(model);
        Tensor resting;
        using (merged.Rest()) resting = Predict(model);
        var again = Predict(model);
        merged.Dispose();

        Assert.True(changed.equal(Predict(written)).all().ToBoolean());
        Assert.True(changed.equal(again).all().ToBoolean());
        Assert.True(plain.equal(resting).all().ToBoolean());
        Assert.True(plain.equal(Predict(model)).all().ToBoolean());
        Assert.All(owned.Zip(model.UNet.parameters()), pair => Assert.Same(pair.First, pair.Second));
    }

    [Fact]
    public void MergeBeside_AFileThatIsNoAdapter_LeavesTheModelAsItWas()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(Pipelines.TinyModel, new() { Device = "cpu", ComputeType = ComputeType.Float32, WidenWeights = true });
        var plain = Predict(model);

        Assert.Throws<LoraMismatchException>(() => MergedAdapters.MergeBeside(model, new() { MergedWeights = [AdapterFolder.Golden("linear"), Pipelines.TinyModel] }));

        Assert.True(plain.equal(Predict(model)).all().ToBoolean());
    }

    private static Tensor Predict(StableDiffusionModel model)
    {
        var latents = arange(4 * 8 * 8, dtype: float32).view(1, 4, 8, 8) / 256;
        var text = model.TextEncoder.call(arange(0, 77, dtype: int64).unsqueeze(0), 1);
        return model.UNet.call(latents, full(1, 400L, dtype: int64), text);
    }
}
