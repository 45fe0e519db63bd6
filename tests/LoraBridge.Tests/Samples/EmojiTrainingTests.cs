using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using EmojiDiffusion.Training;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using LoraBridge.Tests.Diffusion.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Samples;

public sealed class EmojiTrainingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emoji-training").FullName;

    [Fact]
    public void AutoencoderStage_StoppedAndResumed_EndsAsOneThatWasNot()
    {
        Assert.True(Autoencoder(Path.Combine(_folder, "whole"), resume: false, stopAfter: null));
        Assert.False(Autoencoder(Path.Combine(_folder, "parts"), resume: false, stopAfter: 2));
        Assert.True(Autoencoder(Path.Combine(_folder, "parts"), resume: true, stopAfter: null));

        Assert.Equal(State("whole"), State("parts"));
        Assert.True(File.Exists(Path.Combine(_folder, "parts", "autoencoder.png")));

        byte[] State(string run) => File.ReadAllBytes(Path.Combine(_folder, run, "autoencoder.state.safetensors"));
    }

    [Fact]
    public void AutoencoderStage_OverAnOldState_AsksForResume()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "autoencoder.state.safetensors"), "");

        Assert.Contains("--resume", Assert.Throws<IOException>(() => Autoencoder(_folder, resume: false, stopAfter: 0)).Message);
    }

    [Fact]
    public void LatentScale_Folded_MakesUnitLatentsAndTheSamePictures()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var autoencoder = NewAutoencoder();
        var images = GlyphTensors.Of([.. BackgroundColor.All.Take(4).Select(color => (Tiny.Glyph(Tiny.Entry("dot")), color))]);
        var (mean, logVariance) = autoencoder.Encode(images);
        var path = Path.Combine(_folder, "autoencoder.safetensors");

        var before = LatentScale.Of(mean);
        AutoencoderFile.Write(path, autoencoder, before, float32);
        using var folded = AutoencoderFile.Load(path, CPU);
        var (foldedMean, foldedLogVariance) = folded.Encode(images);

        var scale = LatentScale.Of(foldedMean * LatentScale.Factor);
        Assert.All(scale.Means, value => Assert.Equal(0, value, 1e-3f));
        Assert.All(scale.Spreads, value => Assert.Equal(1, value, 1e-3f));
        TensorAssert.Close(autoencoder.Decode(mean), folded.Decode(foldedMean), 1e-4);
        // noise is scaled as the latents are
        var shift = tensor(before.Spreads.Select(spread => (float)(2 * Math.Log(spread * LatentScale.Factor))).ToArray()).view(1, -1, 1, 1);
        TensorAssert.Close(logVariance, foldedLogVariance + shift, 1e-4, "log variance");
    }

    [Fact]
    public void DenoiserNetworks_HalfABatchEach_GiveTheGradientsOfTheWhole()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using DenoiserNetworks networks = new(5, bfloat16: false, Filled, Filled);
        foreach (var parameter in networks.Parameters) parameter.Tensor.requires_grad = true;
        using var twin = networks.Twin();
        var (latents, ids) = (randn(4, 4, 8, 8), tensor(Enumerable.Range(0, 4 * 77).Select(i => (long)(i % 5)).ToArray(), [4, 77]));

        Loss(networks, 0, 4).backward();
        var whole = Gradients();
        foreach (var parameter in networks.Parameters) parameter.Tensor.grad = null;
        Parallel.Invoke(() => Loss(networks, 0, 2).backward(), () => Loss(twin, 2, 2).backward());
        networks.TakeGradients(twin);

        foreach (var (one, other) in whole.Zip(Gradients())) TensorAssert.Close(one, other, 1e-4);
        Assert.All(twin.Parameters, parameter => Assert.Null(parameter.Tensor.grad));

        // nothing begins at zero, so that every parameter has a gradient
        static Tensor Filled(string name, long[] shape) => randn(shape, dtype: float32).mul_(0.1);
        Tensor[] Gradients() => [.. networks.Parameters.Select(parameter => parameter.Tensor.grad!.clone())];
        Tensor Loss(DenoiserNetworks some, long first, long count)
        {
            using var forward = NewDisposeScope();
            var prediction = some.UNet.call(latents.narrow(0, first, count), full([count], 500L), some.Text.call(ids.narrow(0, first, count), 1));
            return prediction.square().mean([1, 2, 3]).sum().MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void DenoiserStage_ThreeSteps_WriteAModelThatThePipelineDraws()
    {
        var autoencoderPath = Path.Combine(_folder, "autoencoder.safetensors");
        using (var autoencoder = NewAutoencoder()) AutoencoderFile.Write(autoencoderPath, autoencoder, new([0, 0, 0, 0], [1, 1, 1, 1]), float32);
        Glyph[] glyphs = [Tiny.Glyph(Tiny.Entry("apple")), Tiny.Glyph(Tiny.Entry("plum"), new(120, 0, 160))];
        var tokens = new UsedTokens(Clip.Tokenizer, Captions.Words(glyphs.Select(glyph => glyph.Entry)));
        var log = new StringWriter();
        var vocabulary = new VocabularySearch { File = Clip.VocabularyFile };
        var textPath = Path.Combine(_folder, TextStage.FileName);
        Assert.True(new TextStage(new() { Folder = _folder }, TextStage.Phases(2, 2), glyphs, tokens, autoencoderPath, log).Run(CancellationToken.None));
        Assert.Contains("of 2 names", log.ToString());
        var stage = new DenoiserStage(new() { Folder = _folder }, DenoiserStage.Phases(2, 2, 2, 1e-3), glyphs, tokens, autoencoderPath, textPath,
            path => new ModelDrawing(new() { ModelPath = path, Vocabulary = vocabulary, Model = new() { ComputeType = ComputeType.Float32 } }) { Steps = 1 }, log);

        Assert.True(stage.Run(CancellationToken.None));

        var model = Path.Combine(_folder, DenoiserStage.FileName);
        Assert.InRange(new FileInfo(model).Length, 20_000_000, 32_000_000);
        using var file = CheckpointFile.Open(model);
        using var scope = NewDisposeScope();
        var table = file.Read("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight").to(float32).abs().sum([1]);
        Assert.Equal(tokens.Ids.Count, (int)table.gt(0).to(float32).sum().ToSingle());
        Assert.Contains("nearest to their own glyph", log.ToString());
        Assert.Equal(8 * 132 + 4, PictureFile.Read(Path.Combine(_folder, "denoiser.png")).Width);
    }

    [Theory]
    [InlineData("keycap *")]                            // the comma of "keycap *, black background" joins the star
    [InlineData("cocos (keeling)")]
    [InlineData("o’clock!")]
    public void UsedTokens_OfNamesThatEndInSigns_AreThoseOfEveryCaption(string name)
    {
        var entry = Tiny.Entry(name);
        var tokens = new UsedTokens(Clip.Tokenizer, Captions.Words([entry]));
        var row = new long[UsedTokens.Length];

        foreach (var background in BackgroundColor.All)
            for (var i = 0; i < 100; i++) tokens.Write(Captions.Draw(entry, background, new(7, i)), row);
    }

    [Fact]
    public void UsedTokens_Rows_AreStartWordsAndEnds()
    {
        var tokens = new UsedTokens(Clip.Tokenizer, ["red apple"]);
        var row = new long[UsedTokens.Length];

        tokens.Write("red apple", row);

        int[] ids = [.. row.Select(at => tokens.Ids[(int)at])];
        Assert.Equal([ClipVocabulary.StartToken, .. Clip.Tokenizer.Encode("red apple"), ClipVocabulary.EndToken], ids[..4]);
        Assert.All(ids[3..], id => Assert.Equal(ClipVocabulary.EndToken, id));
        Assert.Contains("'zebra'", Assert.Throws<KeyNotFoundException>(() => tokens.Write("zebra", row)).Message);
    }

    [Fact]
    public void Phases_Rate_RisesThenFallsInEach()
    {
        IReadOnlyList<TrainingPhase> phases = [new(100, 1, 64, Rate: 1, LastRate: 0.1, Warmup: 10), new(50, 1, 128, Rate: 0.5, LastRate: 0, Warmup: 5)];

        double At(long step)
        {
            var (phase, place) = TrainingPhase.At(phases, step);
            return phase.RateAt(place);
        }

        Assert.Equal(0.1, At(0), 1e-9);
        Assert.Equal(1, At(10), 1e-9);
        Assert.Equal(0.1, At(99), 1e-2);
        Assert.Equal(0.5, At(105), 1e-9);
        Assert.Equal(0, At(150), 1e-9);
    }

    [Fact]
    public void Quality_Background_IsThatOfTheEdge()
    {
        var blue = BackgroundColor.All.Single(color => color.Name == "blue");
        using var scope = NewDisposeScope();

        var picture = PictureTensor.ToPicture(GlyphTensors.Of([(Tiny.Glyph(Tiny.Entry("dot")), blue)]));

        Assert.Equal(blue, DrawingQuality.BackgroundOf(picture));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // a run is stopped as a signal would, by its log: told after every step
    private static bool Autoencoder(string folder, bool resume, int? stopAfter)
    {
        using var stop = new CancellationTokenSource();
        using var log = new StoppingLog(stop, stopAfter);
        var glyphs = Enumerable.Range(0, 4).Select(i => Tiny.Glyph(Tiny.Entry($"e{i}"), new((byte)(60 * i), 100, 50))).ToList();
        var options = new StageOptions { Folder = folder, Resume = resume, TellEvery = TimeSpan.Zero, BFloat16 = false };
        TrainingPhase[] phases = [new(3, Batch: 1, Size: 64, Rate: 1e-3, LastRate: 1e-4), new(1, Batch: 1, Size: 64, Rate: 1e-4, LastRate: 1e-5)];
        return new AutoencoderStage(options, phases, GlyphSplit.Of(glyphs, every: 2), [(0.5, glyphs)], log).Run(stop.Token);
    }

    private static AutoencoderKL NewAutoencoder()
    {
        manual_seed(3);
        var autoencoder = new AutoencoderKL(AutoencoderFile.Config);
        ModelWeights.Fill(autoencoder, (name, shape) => InitialWeights.Of(name, shape, zeroEnds: false));
        return autoencoder;
    }

    private sealed class StoppingLog(CancellationTokenSource stop, int? after) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            if (after is { } step && value!.Contains($" {step}/", StringComparison.Ordinal)) stop.Cancel();
        }
    }
}
