using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Lora;
using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora;

[Collection(ProcessWide.Name)]
public sealed class LoraMixerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _frozen = no_grad();
    private readonly StableDiffusionModel _model = StableDiffusionModel.Load(Pipelines.TinyModel, new() { ComputeType = ComputeType.Float32 });
    private readonly LoraMixer _mixer;
    private readonly LoraNetwork _linear, _locon;
    private readonly Tensor _x, _t, _context;

    public LoraMixerTests()
    {
        _mixer = new(_model);
        _linear = LoraNetwork.Load(AdapterFolder.Golden("linear"), _mixer.Layers);
        _locon = LoraNetwork.Load(AdapterFolder.Golden("locon"), _mixer.Layers);
        manual_seed(5);
        // two halves, as guidance makes them: row i belongs to picture i modulo 4
        _x = randn([8, 4, 16, 16], dtype: float32, device: CPU);
        _t = full(8, 500L, dtype: int64, device: CPU);
        _context = randn([8, 77, 64], dtype: float32, device: CPU);
    }

    public void Dispose()
    {
        _mixer.Dispose();
        _linear.Dispose();
        _locon.Dispose();
        _model.Dispose();
        _frozen.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(16)]    // few positions: the products are computed beside the layers
    [InlineData(48)]    // many: the changed weights are formed
    public void Set_ABlendForEachPicture_ActsOnThatPictureAlone(int size)
    {
        manual_seed(6);
        var x = randn([8, 4, size, size], dtype: float32, device: CPU);
        LoraBlend[] blends = [LoraBlend.Base, Blend(0.8, 0), Blend(0, -0.5), Blend(0.3, 0.6)];
        _mixer.Set(blends);
        var together = _model.UNet.call(x, _t, _context);
        foreach (var (picture, blend) in blends.Index())
        {
            _mixer.Set([blend]);
            foreach (var row in new[] { picture, picture + 4 })
            {
                var alone = _model.UNet.call(x.narrow(0, row, 1), _t.narrow(0, row, 1), _context.narrow(0, row, 1));
                TensorAssert.Close(alone, together.narrow(0, row, 1), 3e-5, $"row {row}");
            }
        }
    }

    [Fact]
    public void Set_WeightZero_IsTheBaseBitForBit()
    {
        var plain = _model.UNet.call(_x, _t, _context);
        _mixer.Set([Blend(0, 0)]);
        TensorAssert.Same(plain, _model.UNet.call(_x, _t, _context), "all of weight 0");
        _mixer.Set([LoraBlend.Base, Blend(0.8, 0), LoraBlend.Base, Blend(0.3, 0.6)]);
        var mixed = _model.UNet.call(_x, _t, _context);
        foreach (var row in new[] { 0, 2, 4, 6 }) TensorAssert.Close(plain.narrow(0, row, 1), mixed.narrow(0, row, 1), 5e-6, $"row {row}");
    }

    [Theory]
    [InlineData(LoraPlacement.Merged)]
    [InlineData(LoraPlacement.Live)]
    public void Clear_LeavesNoBitAndNoTensorOfAnAdapter(LoraPlacement placement)
    {
        var weights = _model.UNet.parameters().Concat(_model.TextEncoder.parameters()).Select(parameter => parameter.clone()).ToArray();
        var before = _model.UNet.call(_x, _t, _context);
        var count = ProcessWide.CountTensors();
        for (var i = 1; i <= 3; i++)
        {
            _mixer.Set([Blend(0.5 * i, -0.2 * i)], placement);
            _model.UNet.call(_x, _t, _context).Dispose();
            _mixer.Clear();
        }
        Assert.Equal(count, ProcessWide.CountTensors());
        TensorAssert.Same(before, _model.UNet.call(_x, _t, _context), "the prediction");
        foreach (var (was, now) in weights.Zip(_model.UNet.parameters().Concat(_model.TextEncoder.parameters()))) TensorAssert.Same(was, now, "a weight");
    }

    [Fact]
    public void Set_MergedAndLive_AgreeInHalfPrecisionWeightsToo()
    {
        _mixer.Set([Blend(0.7, 0.4)], LoraPlacement.Merged);
        Assert.Equal(LoraPlacement.Merged, _mixer.Placement);
        var merged = _model.UNet.call(_x, _t, _context);
        _mixer.Set([Blend(0.7, 0.4)], LoraPlacement.Live);
        TensorAssert.Close(merged, _model.UNet.call(_x, _t, _context), 3e-5);
    }

    [Fact]
    public void BeginCall_AScheduledWeight_FollowsTheRun()
    {
        var tag = new LoraTag("linear", 0, 1, null) { Schedule = new() { Start = 0.25, Stop = 0.75, From = 0, To = 1 } };
        _mixer.Set([new([new(_linear, tag)])]);
        foreach (var (fraction, weight) in new[] { (0.0, 0.0), (0.5, 0.5), (0.7, 0.9), (0.75, 0.0) })
        {
            _mixer.BeginCall(fraction);
            var scheduled = _model.UNet.call(_x, _t, _context);
            _mixer.Set([new([new(_linear, new("linear", 0, weight, null))])]);
            TensorAssert.Close(_model.UNet.call(_x, _t, _context), scheduled, 1e-5, $"at {fraction}");
            _mixer.Set([new([new(_linear, tag)])]);
        }
    }

    [Fact]
    public void TextState_IsTheSameForThePicturesThatShareTheirText()
    {
        var unetOnly = new LoraBlend([new(_linear, new("linear", 0, 1, null))]);
        _mixer.Set([LoraBlend.Base, unetOnly, Blend(0.5, 0), Blend(0.5, 0.25), Blend(0.5, 0.25)]);
        Assert.Equal(["", ""], [_mixer.TextState(0), _mixer.TextState(1)]);
        Assert.Equal(_mixer.TextState(3), _mixer.TextState(4));
        Assert.Equal(3, new HashSet<string> { _mixer.TextState(0), _mixer.TextState(2), _mixer.TextState(3) }.Count);
    }

    [Fact]
    public void BeginText_GivesEachPictureItsOwnTextEncoder()
    {
        var ids = full([1, 77], 49407L, dtype: int64, device: CPU);
        _mixer.Set([LoraBlend.Base, Blend(0.9, 0)]);
        _mixer.BeginText(0);
        var plain = _model.TextEncoder.call(ids, 1);
        _mixer.BeginText(1);
        var changed = _model.TextEncoder.call(ids, 1);
        Assert.True(TensorAssert.MaxDifference(plain, changed) > 1e-3);
        _mixer.Clear();
        TensorAssert.Same(plain, _model.TextEncoder.call(ids, 1));
    }

    [Fact]
    public void Sample_BlendsTogether_HaveTheLatentsThatEachHasAlone()
    {
        var request = new TextToImageRequest { Width = 128, Height = 128, Steps = 6, Seed = 3, Sampler = "DPM++ 2M", Scheduler = "Karras" };
        using var pipeline = TextToImage.Over(_model, Pipelines.Tokenizer, new() { ModelPath = Pipelines.TinyModel });
        var parts = pipeline.Parts with { Mixer = _mixer };
        var pass = GenerationJob.FirstPass(parts, request, GenerationJob.SeedsOf(request));
        LoraBlend[] blends = [LoraBlend.Base, Blend(0.4, 0), Blend(0, 0.4), Blend(0.4, 0.4), Blend(-0.4, 0.2)];
        using var encoder = new PromptEncoder(Pipelines.Tokenizer, (ids, vectors) => _model.TextEncoder.Encode(ids, 1, vectors));

        _mixer.Set(blends);
        var conditioning = blends.Select((_, picture) => Encode(encoder, pass, picture)).ToList();
        var together = Sample(conditioning, blends.Length);
        foreach (var (picture, blend) in blends.Index())
        {
            _mixer.Set([blend]);
            using var prompts = Encode(encoder, pass, 0);
            var alone = Sample([prompts], 1);
            // 1e-4 is meant for latents of a trained model, which stay below 10; random weights throw these up to 80
            TensorAssert.Close(alone, together.narrow(0, picture, 1), 1e-5 * alone.abs().max().ToSingle(), $"blend {picture}");
        }
        conditioning.ForEach(one => one.Dispose());

        Tensor Sample(IReadOnlyList<PromptConditioning> prompts, int pictures)
        {
            using var network = new GuidedNetwork(parts, pass, prompts);
            return pass.Sample(network, 0..pictures, start: null, sharedNoise: pictures > 1, new(null, 1, pictures), new(), default).Latents;
        }
    }

    [Fact]
    public void Set_ForAnotherModel_IsRefused()
    {
        using var other = new LoraMixer(_model);
        var error = Assert.Throws<ArgumentException>(() => other.Set([Blend(1, 1)]));
        Assert.Contains("another model", error.Message, StringComparison.Ordinal);
        Assert.All(_model.UNet.named_modules(), pair => Assert.Null((pair.module as WeightLayer)?.Adapted));
    }

    [Fact]
    public void Layer_CalledWithABatchThatThePicturesCannotShare_SaysSo()
    {
        _mixer.Set([LoraBlend.Base, Blend(0.8, 0), Blend(0.1, 0)]);
        Assert.Throws<InvalidOperationException>(() => _model.UNet.call(_x, _t, _context));
    }

    private LoraBlend Blend(double linear, double locon) => new([new(_linear, new("linear", linear, linear, null)), new(_locon, new("locon", locon, locon, null))]);

    private PromptConditioning Encode(PromptEncoder encoder, SamplingPass pass, int picture)
    {
        encoder.TextEncoderState = _mixer.TextState(picture);
        _mixer.BeginText(picture);
        var timeline = new ScheduleSteps { Steps = pass.Calls };
        return new(encoder.Encode("a lighthouse", timeline), encoder.EncodeNegative("fog", timeline));
    }
}
