using System.IO.Compression;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Tests.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora;

/// <summary>One small adapter of five layers, in every spelling that is met: it must come to the same changes.</summary>
public sealed class LoraReaderTests : IDisposable
{
    private const string Block = "down_blocks.0.attentions.0.transformer_blocks.0";

    // a layer's single-file path and diffusers' path; the text encoder has one for both
    private static readonly (string Single, string Diffusers, long Out, long In)[] s_unet =
    [
        ("input_blocks.1.1.transformer_blocks.0.attn1.to_q", $"{Block}.attn1.to_q", 32, 32),
        ("input_blocks.1.1.transformer_blocks.0.attn2.to_k", $"{Block}.attn2.to_k", 32, 64),
        ("input_blocks.1.1.transformer_blocks.0.attn2.to_out.0", $"{Block}.attn2.to_out.0", 32, 32),
        ("input_blocks.1.1.transformer_blocks.0.ff.net.0.proj", $"{Block}.ff.net.0.proj", 256, 32),
    ];

    private static readonly (string Path, long Out, long In)[] s_text =
    [
        ("text_model.encoder.layers.0.self_attn.q_proj", 64, 64),
        ("text_model.encoder.layers.1.self_attn.out_proj", 64, 64),
    ];

    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    public static TheoryData<string> Spellings =>
    [
        "kohya", "kohya te1", "kohya with single-file names", "LyCORIS", "diffusers, PEFT names", "diffusers, adapter name", "diffusers, lora.down",
        "diffusers, processors", "diffusers, processors without prefix", "PEFT", "PEFT in a wrapper", "bare names", "bare names, text without root", "ComfyUI", "ComfyUI, lora_A", "compiled",
    ];

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Read_EverySpelling_IsTheSameAdapter(string spelling)
    {
        using var scope = NewDisposeScope();
        var file = _adapters.Read(Spelled(spelling));

        Assert.Empty(file.Report.UnmatchedKeys);
        Assert.Equal((4, 2), (file.Report.UNetModules, file.Report.TextModules));
        foreach (var (single, _, outputs, inputs) in s_unet) Same(file, new(ModelComponent.UNet, single), outputs, inputs);
        foreach (var (path, outputs, inputs) in s_text) Same(file, new(ModelComponent.TextEncoder, path), outputs, inputs);
        if (!spelling.StartsWith("bare names, text", StringComparison.Ordinal)) Assert.Contains(spelling.Split(',')[0].Split(" in ")[0].Split(" te1")[0].Replace("compiled", "kohya", StringComparison.Ordinal), string.Join(' ', file.Report.Layouts));
    }

    [Theory]
    [InlineData("kohya", false)]
    [InlineData("diffusers, PEFT names", true)]
    [InlineData("diffusers, processors", true)]
    public void Read_WithoutAlpha_WarnsWhereNothingTellsIt(string spelling, bool warns)
    {
        var file = _adapters.Read(Spelled(spelling));

        Assert.Equal(warns, file.Report.Warnings.Any(text => text.Contains("scale is taken to be 1")));
        Assert.All(file.Modules, module => Assert.Equal(1, module.Scale));
    }

    [Fact]
    public void Read_DiffusersMetadata_TellsTheScaleOfEachNetwork()
    {
        var json = """{"unet.r": 4, "unet.lora_alpha": 2, "unet.alpha_pattern": {"attn2.to_k": 8, "down_blocks.*ff.net.0.proj": 1}, "text_encoder.lora_alpha": 6, "text_encoder.use_rslora": true}""";
        var file = _adapters.Read(Spelled("diffusers, PEFT names"), new Dictionary<string, string> { ["lora_adapter_metadata"] = json });

        Assert.Equal([0.5, 2, 0.5, 0.25, 3, 3], s_unet.Select(row => row.Single).Concat(s_text.Select(row => row.Path)).Select(path => file.Modules.Single(module => module.Target.Path == path).Scale));
        Assert.Empty(file.Report.Warnings);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"unet.alpha_pattern\": {\"(?<=x)[\": 3}, \"unet.lora_alpha\": \"much\"}")]
    public void Read_DamagedMetadata_IsAsIfThereWereNone(string json)
    {
        var file = _adapters.Read(Spelled("diffusers, PEFT names"), new Dictionary<string, string> { ["lora_adapter_metadata"] = json });

        Assert.All(file.Modules, module => Assert.Equal(1, module.Scale));
    }

    [Fact]
    public void Read_PeftFolders_TakeTheirSettings()
    {
        var keys = Spelled("PEFT");
        _adapters.Write(keys.Where(pair => !pair.Key.Contains("text_model")).ToDictionary(), name: "peft/unet/adapter_model.safetensors");
        _adapters.Write(keys.Where(pair => pair.Key.Contains("text_model")).ToDictionary(), name: "peft/text_encoder/adapter_model.safetensors");
        File.WriteAllText(_adapters.File("peft/unet/adapter_config.json"), """{"peft_type": "LORA", "r": 4, "lora_alpha": 2, "alpha_pattern": {"to_q": 4}, "unknown": 1}""");
        File.WriteAllText(_adapters.File("peft/text_encoder/adapter_config.json"), """{"peft_type": "LORA", "bias": "lora_only"}""");

        var file = _adapters.Open(_adapters.File("peft"));

        Assert.Equal((4, 2), (file.Report.UNetModules, file.Report.TextModules));
        Assert.Equal(1, file.Modules.Single(module => module.Target.Path.EndsWith("attn1.to_q", StringComparison.Ordinal)).Scale);
        Assert.Equal(0.5, file.Modules.Single(module => module.Target.Path.EndsWith("attn2.to_k", StringComparison.Ordinal)).Scale);
        Assert.Equal(2, file.Modules.Single(module => module.Target.Path.EndsWith("q_proj", StringComparison.Ordinal)).Scale);           // PEFT's alpha is 8 unless told
        Assert.Contains(file.Report.Warnings, text => text.Contains("biases"));
    }

    [Fact]
    public void Read_SettingsThatAreNoJson_NamesTheirFile()
    {
        _adapters.Write(Spelled("PEFT"), name: "peft/adapter_model.safetensors");
        File.WriteAllText(_adapters.File("peft/adapter_config.json"), "not json");

        Assert.Contains("adapter_config.json", Assert.Throws<CheckpointFormatException>(() => LoraFile.Open(_adapters.File("peft"), TinyAdapters.Layers)).Message);
    }

    [Fact]
    public void Read_FolderWithoutAdapter_SaysWhatItShouldHave()
    {
        Directory.CreateDirectory(_adapters.File("empty"));

        Assert.Contains("adapter_model.safetensors", Assert.Throws<FileNotFoundException>(() => LoraFile.Open(_adapters.File("empty"), TinyAdapters.Layers)).Message);
    }

    [Fact]
    public void Read_NumberedKeys_AreCountedInTheOrderOfAWalk()
    {
        // both orders of attention and feed-forward were in use; the shape of the fifth layer tells
        using var scope = NewDisposeScope();
        foreach (var second in new[] { "ff.net.0.proj", "attn2.to_q" })
        {
            var outputs = second.StartsWith("ff", StringComparison.Ordinal) ? 256 : 32;
            var file = _adapters.Read(new Dictionary<string, Tensor>
            {
                ["unet:0:up"] = Up(32),
                ["unet:0:down"] = Down(32),
                ["unet:4:up"] = Up(outputs),
                ["unet:4:down"] = Down(32),
                ["text_encoder:0:up"] = Up(64),
                ["text_encoder:0:down"] = Down(64),
            });

            Assert.Equal(
                ["input_blocks.1.1.transformer_blocks.0.attn1.to_q", $"input_blocks.1.1.transformer_blocks.0.{second}", "text_model.encoder.layers.0.self_attn.k_proj"],
                file.Modules.OrderBy(module => module.Target.Component).Select(module => module.Target.Path));
            Assert.Equal(["cloneofsimo"], file.Report.Layouts);
        }
    }

    [Fact]
    public void Read_PickleOfTensors_IsTheSameAdapter()
    {
        using var scope = NewDisposeScope();
        var (down, up) = (Down(64), Up(32));
        var stem = TinyAdapters.Layers.Names.Stem(TinyAdapters.Linear);
        var pickle = new PickleBytes().Op('}')
            .Text($"{stem}.lora_down.weight").Tensor(384, 0, [4, 64], [64, 1]).Op('s')
            .Text($"{stem}.lora_up.weight").Tensor(384, 256, [32, 4], [4, 1]).Op('s').Stopped;

        var file = _adapters.Open(Zip(pickle, [.. down.bytes, .. up.bytes]));

        TensorAssert.Same(up.mm(down), Assert.Single(file.Modules).WeightDifference(TinyAdapters.Weight(TinyAdapters.Linear)));
    }

    [Fact]
    public void Read_Oft_HasItsOwnPrefix()
    {
        var file = _adapters.Read(new Dictionary<string, Tensor> { ["oft_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.oft_blocks"] = TinyAdapters.Random(1, 4, 8, 8) });

        Assert.Equal((TinyAdapters.Square, "OFT"), (file.Modules[0].Target, file.Modules[0].Algorithm));
    }

    [Fact]
    public void Read_MixedFile_CountsEveryAlgorithmAndReportsTheRest()
    {
        var keys = TinyAdapters.Keys(TinyAdapters.Linear, ("lora_down.weight", Down(64)), ("lora_up.weight", Up(32)), ("alpha", TinyAdapters.Number(2)), ("bias_indices", TinyAdapters.Random(1, 3)));
        foreach (var (key, tensor) in TinyAdapters.Keys(TinyAdapters.Convolution, ("lokr_w1", TinyAdapters.Random(1, 8, 4)), ("lokr_w2", TinyAdapters.Random(2, 8, 8, 3, 3)))) keys[key] = tensor;
        foreach (var (key, tensor) in TinyAdapters.Keys(TinyAdapters.Norm, ("w_norm", TinyAdapters.Random(1, 32)))) keys[key] = tensor;
        foreach (var (key, tensor) in TinyAdapters.Keys(TinyAdapters.Square, ("alpha", TinyAdapters.Number(1)))) keys[key] = tensor;
        keys["lora_unet_nowhere.lora_down.weight"] = Down(3);
        keys["bundle_emb.cat.string_to_param.*"] = TinyAdapters.Random(1, 2, 64);
        var file = _adapters.Read(keys, new Dictionary<string, string> { ["ss_network_dim"] = "4" });

        Assert.Equal([new LoraModuleCount("UNet", "LoKr", 1), new("UNet", "LoRA", 1), new("UNet", "Norm", 1)], file.Report.Modules);
        Assert.Equal((4L, 4L, 0.5, 0.5), (file.Report.MinRank, file.Report.MaxRank, file.Report.MinScale, file.Report.MaxScale));
        Assert.Equal(["lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.alpha", "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.bias_indices", "lora_unet_nowhere.lora_down.weight"], file.Report.UnmatchedKeys.Order(StringComparer.Ordinal));
        Assert.Equal("cat", Assert.Single(file.Report.Embeddings).Key);
        Assert.Contains(file.Report.Warnings, text => text.StartsWith("3 of the keys", StringComparison.Ordinal) && text.Contains("lora_unet_nowhere"));
        Assert.Equal("4", file.Report.Metadata["ss_network_dim"]);
        Assert.Equal(["F32"], file.Report.Types);
        var json = System.Text.Json.JsonSerializer.Serialize(file.Report);
        Assert.Contains("\"UNetModules\":3", json);
    }

    [Fact]
    public void Read_OneTensorInTwoSpellings_NamesBoth()
    {
        var keys = Spelled("kohya");
        keys["unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight"] = Down(32);
        var path = _adapters.Write(keys);

        var message = Assert.Throws<LoraMismatchException>(() => LoraFile.Open(path, TinyAdapters.Layers)).Message;
        Assert.Contains("unet.down_blocks", message);
        Assert.Contains("lora_unet_down_blocks", message);
    }

    [Fact]
    public void Read_TwoAlgorithmsForOneLayer_NamesBoth() =>
        Assert.Contains("LoRA and of LoHa", _adapters.Refused(TinyAdapters.Linear, ("lora_down.weight", Down(64)), ("lora_up.weight", Up(32)), ("hada_w1_a", Up(32))).Message);

    [Fact]
    public void Read_DownWithoutUp_NamesTheKey()
    {
        var error = _adapters.Refused(TinyAdapters.Linear, ("lora_down.weight", Down(64)), ("alpha", TinyAdapters.Number(1)));

        Assert.EndsWith("attn2_to_k.lora_up.weight", error.Key);
        Assert.Contains("is missing", error.Message);
    }

    [Fact]
    public void Read_FactorsForANorm_AreRefused() =>
        Assert.Contains("is a norm", _adapters.Refused(TinyAdapters.Norm, ("lora_down.weight", Down(1)), ("lora_up.weight", Up(32))).Message);

    [Fact]
    public void Read_WholeNumbersAsFactors_AreRefused() =>
        Assert.Contains("I64", _adapters.Refused(TinyAdapters.Linear, ("lora_down.weight", Down(64).to(int64)), ("lora_up.weight", Up(32))).Message);

    [Theory]
    [InlineData("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", "Stable Diffusion XL")]
    [InlineData("lora_te3_encoder_block_0.lora_down.weight", "Stable Diffusion 3")]
    [InlineData("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", "Flux")]
    [InlineData("lora_unet_double_blocks_0_img_attn_proj.lora_down.weight", "Flux")]
    [InlineData("lora_prior_te_text_model.lora_down.weight", "prior")]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", "language model")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", "Stable Diffusion 2.x", 1024)]
    [InlineData("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", "Stable Diffusion 1.x", 768)]
    [InlineData("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", "Stable Diffusion XL", 2048)]
    public void Read_AnotherFamily_IsNamed(string key, string family, long width = 8)
    {
        var path = _adapters.Write(new Dictionary<string, Tensor> { [key] = Down(width) });

        Assert.Contains(family, Assert.Throws<LoraMismatchException>(() => LoraFile.Open(path, TinyAdapters.Layers)).Message);
    }

    [Fact]
    public void Read_NothingThatFits_SaysWhatTheRemarksSay()
    {
        var path = _adapters.Write(new Dictionary<string, Tensor> { ["lora_unet_nowhere.lora_down.weight"] = Down(8) }, new Dictionary<string, string> { ["ss_base_model_version"] = "sdxl_base_v1-0" });

        Assert.Contains("made for Stable Diffusion XL", Assert.Throws<LoraMismatchException>(() => LoraFile.Open(path, TinyAdapters.Layers)).Message);
    }

    [Fact]
    public void Read_NotANumber_IsReportedAndRefusedForUse()
    {
        var down = Down(64);
        down[0, 0].fill_(float.NaN);
        var path = _adapters.Write(TinyAdapters.Keys(TinyAdapters.Linear, ("lora_down.weight", down), ("lora_up.weight", Up(32))));

        Assert.EndsWith("to_k.lora_down.weight", Assert.Single(_adapters.Open(path).Report.NonFiniteKeys));
        Assert.EndsWith("to_k.lora_down.weight", Assert.Throws<LoraMismatchException>(() => LoraNetwork.Load(path, TinyAdapters.Layers)).Key);
    }

    [Fact]
    public void Open_WithoutAModel_KnowsTheLayersOfStableDiffusion1()
    {
        var path = _adapters.Write(new Dictionary<string, Tensor>
        {
            ["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"] = TinyAdapters.Random(1, 2, 1280, 1, 1),
            ["lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"] = TinyAdapters.Random(2, 1280, 2, 1, 1),
        });
        using var file = LoraFile.Open(path);

        Assert.Equal("middle_block.1.proj_in", Assert.Single(file.Modules).Target.Path);
    }

    private string Zip(byte[] pickle, byte[] data)
    {
        var path = _adapters.File("adapter.pt");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in new[] { ("a/data.pkl", pickle), ("a/data/0", data) })
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
        return path;
    }

    private static Tensor Down(long inputs) => TinyAdapters.Random(1, 4, inputs);

    private static Tensor Up(long outputs) => TinyAdapters.Random(2, outputs, 4);

    private static void Same(LoraFile file, ModuleName name, long outputs, long inputs)
    {
        var module = Assert.Single(file.Modules, module => module.Target == name);
        TensorAssert.Same(Up(outputs).mm(Down(inputs)), module.WeightDifference(TinyAdapters.Weight(name)), name.Path);
    }

    private static Dictionary<string, Tensor> Spelled(string spelling)
    {
        var keys = new Dictionary<string, Tensor>();
        foreach (var (single, diffusers, outputs, inputs) in s_unet) Add(UNetKeys(spelling, single, diffusers), outputs, inputs);
        foreach (var (path, outputs, inputs) in s_text) Add(TextKeys(spelling, path), outputs, inputs);
        return keys;

        void Add((string Down, string Up) names, long outputs, long inputs) => (keys[names.Down], keys[names.Up]) = (Down(inputs), Up(outputs));
    }

    private static (string Down, string Up) UNetKeys(string spelling, string single, string diffusers)
    {
        var (flat, flatSingle) = (diffusers.Replace('.', '_'), single.Replace('.', '_'));
        var attention = diffusers.Contains("attn", StringComparison.Ordinal);
        var processor = diffusers.Replace(".to_out.0", ".to_out", StringComparison.Ordinal).Replace(".to_", ".processor.to_", StringComparison.Ordinal);
        return spelling switch
        {
            "kohya with single-file names" => Pair($"lora_unet_{flatSingle}.lora_down.weight", "down", "up"),
            "LyCORIS" => Pair($"lycoris_{flat}.lora_down.weight", "down", "up"),
            "compiled" => Pair($"module._orig_mod.lora_unet_{flat}.lora_down.weight", "down", "up"),
            "diffusers, PEFT names" => Pair($"unet.{diffusers}.lora_A.weight"),
            "diffusers, adapter name" => Pair($"unet.{diffusers}.lora_A.default_0.weight"),
            "diffusers, lora.down" => attention ? Pair($"unet.{diffusers}.lora.down.weight", "down", "up") : Pair($"unet.{diffusers}.lora_A.weight"),
            "diffusers, processors" => attention ? Pair($"unet.{processor}_lora.down.weight", ".down", ".up") : Pair($"unet.{diffusers}.lora.down.weight", ".down", ".up"),
            "diffusers, processors without prefix" => attention ? Pair($"{processor}_lora.down.weight", ".down", ".up") : Pair($"unet.{diffusers}.lora.down.weight", ".down", ".up"),
            "PEFT" => Pair($"base_model.model.{diffusers}.lora_A.weight"),
            "PEFT in a wrapper" => Pair($"module.base_model.model.unet.{diffusers}.lora_A.weight"),
            "bare names" or "bare names, text without root" => Pair($"{diffusers}.lora_A.weight"),
            "ComfyUI" => Pair($"diffusion_model.{single}.lora_down.weight", "down", "up"),
            "ComfyUI, lora_A" => Pair($"diffusion_model.{single}.lora_A.weight"),
            _ => Pair($"lora_unet_{flat}.lora_down.weight", "down", "up"),
        };
    }

    private static (string Down, string Up) TextKeys(string spelling, string path)
    {
        var flat = path.Replace('.', '_');
        var processor = path.Replace("self_attn.q_proj", "self_attn.to_q_lora", StringComparison.Ordinal).Replace("self_attn.out_proj", "self_attn.to_out_lora", StringComparison.Ordinal);
        return spelling switch
        {
            "kohya te1" => Pair($"lora_te1_{flat}.lora_down.weight", "down", "up"),
            "LyCORIS" => Pair($"lycoris_{flat}.lora_down.weight", "down", "up"),
            "compiled" => Pair($"_orig_mod.lora_te_{flat}.lora_down.weight", "down", "up"),
            "diffusers, PEFT names" => Pair($"text_encoder.{path}.lora_A.weight"),
            "diffusers, adapter name" => Pair($"text_encoder.{path}.lora_A.default_0.weight"),
            "diffusers, lora.down" => Pair($"text_encoder.{path}.lora_linear_layer.down.weight", ".down", ".up"),
            "diffusers, processors" or "diffusers, processors without prefix" => Pair($"text_encoder.{processor}.down.weight", ".down", ".up"),
            "PEFT" => Pair($"base_model.model.{path}.lora_A.weight"),
            "PEFT in a wrapper" => Pair($"module.base_model.model.{path}.lora_A.weight"),
            "bare names" => Pair($"{path}.lora_A.weight"),
            "bare names, text without root" => Pair($"{path["text_model.".Length..]}.lora_A.weight"),
            _ => Pair($"lora_te_{flat}.lora_down.weight", "down", "up"),
        };
    }

    private static (string Down, string Up) Pair(string down, string from = "lora_A", string to = "lora_B")
    {
        var at = down.LastIndexOf(from, StringComparison.Ordinal);
        return (down, down[..at] + to + down[(at + from.Length)..]);
    }
}
