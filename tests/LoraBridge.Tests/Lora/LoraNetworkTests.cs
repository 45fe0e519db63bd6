using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Tests.Goldens;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora;

public sealed class LoraNetworkTests : IDisposable
{
    private static readonly string s_folder = Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny");

    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Fact]
    public void Load_EveryAlgorithmInOneFile_ActsLiveAsMerged()
    {
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(Path.Combine(s_folder, "model.safetensors"), new() { ComputeType = ComputeType.Float32, WidenWeights = true });
        using var inputs = CheckpointFile.Open(Path.Combine(s_folder, "lora-out.safetensors"));
        var (x, t, context) = (inputs.Read("x"), inputs.Read("t"), inputs.Read("base_context"));
        using var mixer = new LoraMixer(model);
        using var network = LoraNetwork.Load(_adapters.Write(Keys(mixer.Layers)), mixer.Layers);
        Assert.Empty(network.UnknownKeys);
        Assert.Equal(8, network.UNetModules);
        var plain = model.UNet.call(x, t, context);

        mixer.Set([new([new(network, new("all", 0.7, 0.7, null))])], LoraPlacement.Live);
        var live = model.UNet.call(x, t, context);
        mixer.Set([new([new(network, new("all", 0.7, 0.7, null))])], LoraPlacement.Merged);
        var merged = model.UNet.call(x, t, context);
        mixer.Clear();

        TensorAssert.Close(merged, live, 2e-5 * merged.abs().max().ToDouble(), "live beside merged");
        Assert.True(TensorAssert.MaxDifference(plain, live) > 1e-3, "the adapter does nothing");
        TensorAssert.Same(plain, model.UNet.call(x, t, context), "after the adapter was taken off");
    }

    private static Dictionary<string, Tensor> Keys(ModelLayers layers)
    {
        const string Block = "input_blocks.1.1.transformer_blocks.0";
        var keys = new Dictionary<string, Tensor>();
        Add($"{Block}.attn1.to_q", (o, i) => [("lora_down.weight", R(2, i)), ("lora_up.weight", R(o, 2)), ("lora_up.bias", R(o))]);       // a bias where the layer has none
        Add($"{Block}.attn1.to_k", (o, i) => [("lora_down.weight", R(2, i)), ("lora_up.weight", R(o, 2)), ("dora_scale", R(o, 1))]);
        Add($"{Block}.attn1.to_v", (o, i) => [("hada_w1_a", R(o, 2)), ("hada_w1_b", R(2, i)), ("hada_w2_a", R(o, 2)), ("hada_w2_b", R(2, i))]);
        Add($"{Block}.attn1.to_out.0", (o, i) => [("lokr_w1", R(4, 4)), ("lokr_w2", R(o / 4, i / 4))]);
        Add($"{Block}.attn2.to_out.0", (o, i) => [("weight", R(o)), ("diff_b", R(o))]);
        Add("input_blocks.1.0.in_layers.0", (o, _) => [("w_norm", R(o)), ("b_norm", R(o))]);
        Add("input_blocks.1.0.in_layers.2", (o, i) => [("lora_down.weight", R(2, i, 1, 1)), ("lora_mid.weight", R(2, 2, 3, 3)), ("lora_up.weight", R(o, 2, 1, 1))]);
        Add("input_blocks.1.0.out_layers.3", (o, _) => [("oft_blocks", R(o / 4, 4, 4))]);
        return keys;

        void Add(string path, Func<long, long, (string, Tensor)[]> tensors)
        {
            var name = new ModuleName(ModelComponent.UNet, path);
            var shape = layers.Shape(name)!;
            foreach (var (key, tensor) in TinyAdapters.Keys(layers.Names, name, tensors(shape[0], shape.Count > 1 ? shape[1] : 1))) keys[key] = tensor;
        }

        static Tensor R(params long[] shape) => TinyAdapters.Random(shape.Length, shape) * 0.3;
    }
}
