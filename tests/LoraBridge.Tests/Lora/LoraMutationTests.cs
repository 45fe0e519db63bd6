using System.Diagnostics;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Tests.Goldens;
using LoraBridge.Tests.Native;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora;

/// <summary>Broken adapters: a thousand of them, the same every time, put on a model where they can be read.</summary>
[Collection(ProcessWide.Name)]
public sealed class LoraMutationTests : IDisposable
{
    private const int Files = 1000;

    private static readonly string[] s_scraps =
    [
        "{", "}", ",", ":", "\"", "\\ud800", "null", "-1", "99999999999999999999", "\"shape\":[]", "\0", "F16", "F64", "I64", "BOOL", "U8", "0", "1", "9",
        "lora_up", "lora_down", "lora_mid", "alpha", "hada_w1_a", "lokr_w1", "oft_blocks", "diff", "weight", "dora_scale", "bundle_emb.", "unet:0:up", "lora_te2_",
    ];

    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Fact]
    public void Load_MutatedFiles_EndInClearErrorsAndLeaveTheModelAlone()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors"), new() { ComputeType = ComputeType.Float32, WidenWeights = true });
        using var mixer = new LoraMixer(model);
        var before = model.UNet.parameters().Concat(model.TextEncoder.parameters()).Select(parameter => parameter.clone()).ToArray();
        var originals = Originals(mixer.Layers).Select(Bytes).ToArray();
        var random = new Random(20250607);
        var path = _adapters.File("mutant.safetensors");
        var (accepted, refused) = (0, 0);
        var tensors = ProcessWide.CountTensors();
        var watch = Stopwatch.StartNew();

        for (var i = 0; i < Files; i++)
        {
            using var one = NewDisposeScope();
            File.WriteAllBytes(path, i % 2 == 0 ? Mutation.Of(originals[i % originals.Length], random, s_scraps) : Bytes(Changed(Originals(mixer.Layers)[i % originals.Length], random)));
            var managed = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var network = LoraNetwork.Load(path, mixer.Layers);
                mixer.Set([new([new(network, new("mutant", 0.7, 0.7, null))])], i % 4 < 2 ? LoraPlacement.Merged : LoraPlacement.Live);
                if (i % 4 >= 2)
                    foreach (var module in network.Modules) Use(module, mixer.Layers);
                mixer.Clear();
                accepted++;
            }
            catch (Exception e) when (e is CheckpointFormatException or LoraMismatchException)
            {
                Assert.Contains(path, e.Message);
                refused++;
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - managed < 20_000_000, $"file {i} took much memory");
        }

        Assert.Equal(tensors, ProcessWide.CountTensors());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(120), $"took {watch.Elapsed}");
        Assert.InRange(accepted, 100, Files - 300);
        Assert.Equal(Files, accepted + refused);
        foreach (var (was, now) in before.Zip(model.UNet.parameters().Concat(model.TextEncoder.parameters())))
            Assert.True(was.bytes.SequenceEqual(now.bytes), "a weight of the model has changed");
    }

    private static void Use(LoraModule module, ModelLayers layers)
    {
        using var scope = NewDisposeScope();
        if (!module.ChangesWeight) return;
        var weight = layers[module.Target].Weight;
        Assert.Equal(weight.shape, module.WeightDifference(weight.to(float32), dynamicRank: 1).shape);
    }

    // what a bit cannot do: other names, shapes, types, factors swapped, numbers that are none
    private static Dictionary<string, Tensor> Changed(Dictionary<string, Tensor> original, Random random)
    {
        var tensors = new Dictionary<string, Tensor>(original);
        for (var n = random.Next(1, 3); n > 0 && tensors.Count > 0; n--)
        {
            var key = tensors.Keys.ElementAt(random.Next(tensors.Count));
            var other = tensors.Keys.ElementAt(random.Next(tensors.Count));
            var tensor = tensors[key];
            switch (random.Next(11))
            {
                case 0: tensors.Remove(key); break;
                case 1: (tensors[key], tensors[other]) = (tensors[other], tensor); break;
                case 2: tensors[key] = tensor.flatten(); break;
                case 3 when tensor.dim() > 0: tensors[key] = tensor.narrow(0, 0, random.Next((int)tensor.shape[0])); break;
                case 4: tensors[key] = tensor.unsqueeze(random.Next((int)tensor.dim() + 1)); break;
                case 5: tensors[key] = tensor.to(random.Next(2) == 0 ? int64 : ScalarType.BFloat16); break;
                case 6: tensors[key] = tensor * (random.Next(2) == 0 ? double.NaN : 1e38); break;
                case 7 when tensor.dim() > 1: tensors[key] = tensor.transpose(0, 1); break;
                case 8: tensors[key.Insert(random.Next(key.Length), s_scraps[random.Next(s_scraps.Length)].Replace("\\ud800", "x", StringComparison.Ordinal))] = tensor; break;
                case 9: tensors[key.Replace("lora_unet", "lora_te", StringComparison.Ordinal)] = tensor; break;
                default: tensors[key] = cat([tensor.reshape([1, .. tensor.shape]), tensor.reshape([1, .. tensor.shape])]); break;
            }
        }
        return tensors;
    }

    private static Dictionary<string, Tensor>[] Originals(ModelLayers layers)
    {
        var names = layers.All.ToDictionary(name => name.Path);
        return
        [
            Keys(("input_blocks.1.1.transformer_blocks.0.attn1.to_q", ["lora_down.weight:2,i", "lora_up.weight:o,2", "alpha:"]), ("input_blocks.4.0.in_layers.2", ["lora_down.weight:2,i,1,1", "lora_mid.weight:2,2,3,3", "lora_up.weight:o,2,1,1"])),
            Keys(("input_blocks.1.1.transformer_blocks.0.attn1.to_k", ["hada_w1_a:o,2", "hada_w1_b:2,i", "hada_w2_a:o,2", "hada_w2_b:2,i", "alpha:"]), ("text_model.encoder.layers.0.mlp.fc1", ["lora_down.weight:2,i", "lora_up.weight:o,2", "dora_scale:1,i"])),
            Keys(("input_blocks.1.1.proj_in", ["lokr_w1:4,4", "lokr_w2_a:8,2", "lokr_w2_b:2,8", "alpha:"]), ("input_blocks.1.0.in_layers.0", ["w_norm:o", "b_norm:o"])),
            Keys(("input_blocks.1.1.transformer_blocks.0.attn1.to_v", ["oft_blocks:2,4,8,8", "rescale:o,1"]), ("input_blocks.1.1.transformer_blocks.0.attn1.to_q", ["weight:o", "on_input:"])),
            Keys(("input_blocks.1.1.transformer_blocks.0.attn2.to_out.0", ["a1.weight:i,2", "a2.weight:2,i", "b1.weight:o,2", "b2.weight:2,i", "alpha:"]), ("input_blocks.1.1.proj_out", ["diff:o,i,1,1", "diff_b:o"])),
        ];

        Dictionary<string, Tensor> Keys(params (string Path, string[] Kinds)[] modules) =>
            modules.SelectMany(module => TinyAdapters.Keys(layers.Names, names[module.Path], [.. module.Kinds.Select((kind, i) => (kind.Split(':')[0], Tensor(kind.Split(':')[1], layers.Shape(names[module.Path])!, i)))])).ToDictionary();
    }

    private static Tensor Tensor(string shape, IReadOnlyList<long> layer, int seed) => TinyAdapters.Random(seed,
        [.. shape.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(size => size switch { "o" => layer[0], "i" => layer[1], _ => long.Parse(size) })]);

    private static byte[] Bytes(Dictionary<string, Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        var layout = SafetensorsLayout.Of(tensors.Select(pair => (pair.Key, TorchTypes.Of(pair.Value.dtype)!.Value, (IReadOnlyList<long>)pair.Value.shape)), null);
        return [.. layout.Header, .. layout.Entries.SelectMany(entry => tensors[entry.Name].contiguous().bytes.ToArray())];
    }
}
