using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>Stage 3: the text encoder and the UNet together, on latents that were made before.</summary>
internal sealed class DenoiserStage
{
    /// <summary>What it writes.</summary>
    public const string FileName = "emoji.safetensors";

    private const string Name = "denoiser";
    private const int ShownPictures = 40;

    private readonly StageOptions _options;
    private readonly IReadOnlyList<TrainingPhase> _phases;
    private readonly IReadOnlyList<Glyph> _glyphs;
    private readonly UsedTokens _tokens;
    private readonly GlyphCaptions _captions;
    private readonly string _autoencoderPath;
    private readonly string? _textPath;
    private readonly Func<string, ModelDrawing> _drawing;
    private readonly TextWriter _log;
    private readonly TrainingNoise _noise = new(new());
    private readonly TimestepSampler _timesteps = new(new() { Sampling = TimestepSampling.Stratified });
    private readonly DenoisingObjective _objective = new(new() { MinSnrGamma = 5 }, NoiseSchedule.StableDiffusionTraining, PredictionType.Epsilon);

    /// <param name="options">Where and how.</param>
    /// <param name="phases">The steps.</param>
    /// <param name="glyphs">What is learned.</param>
    /// <param name="tokens">The tokens of all captions.</param>
    /// <param name="autoencoderPath">The autoencoder that makes the latents and goes into the file.</param>
    /// <param name="textPath">The text encoder to begin with; null for one that knows nothing.</param>
    /// <param name="drawing">Loads a model's file to look at what it draws.</param>
    /// <param name="log">Told of progress.</param>
    public DenoiserStage(StageOptions options, IReadOnlyList<TrainingPhase> phases, IReadOnlyList<Glyph> glyphs, UsedTokens tokens, string autoencoderPath, string? textPath, Func<string, ModelDrawing> drawing, TextWriter log)
    {
        (_options, _phases, _glyphs, _tokens, _captions) = (options, phases, glyphs, tokens, new(glyphs, tokens));
        (_autoencoderPath, _textPath, _drawing, _log) = (autoencoderPath, textPath, drawing, log);
    }

    /// <summary>
    /// Half the size first, where a step takes a quarter of the time: which words mean what, and roughly how it looks, is learned there. Then the
    /// size of the pictures.
    /// </summary>
    public static IReadOnlyList<TrainingPhase> Phases(long halfSize, long wholeSize, int batch, double rate) =>
    [
        new(halfSize, batch, Glyph.Size / 2, rate, rate / 2, Warmup: 300),
        new(wholeSize, batch, Glyph.Size, rate * 0.7, rate / 100),
    ];

    /// <summary>Trains, or goes on, until the end or until it is cancelled; writes the model and pictures it draws now and then.</summary>
    /// <returns>Whether the end was reached.</returns>
    public bool Run(CancellationToken cancel)
    {
        manual_seed(_options.Seed);
        var device = new Device(_options.Device);
        Directory.CreateDirectory(_options.Folder);
        using var latents = LatentTable.ReadOrMake(_options, _autoencoderPath, _glyphs, _log).flatten(0, 1);   // (G backgrounds, 4, 16, 16)
        // means of four cells, and not the latents of smaller pictures: so the second phase refines what the first one draws
        using var halved = nn.functional.avg_pool2d(latents, 2);                // (G backgrounds, 4, 8, 8)
        using var unet = new UNet2DConditionModel(ModelSizes.UNet);
        using var text = new ClipTextModel(ModelSizes.Text(_tokens.Ids.Count));
        ModelWeights.Fill(unet, (name, shape) => InitialWeights.Of(name, shape, zeroEnds: true).to(device));
        if (_textPath is null) ModelWeights.Fill(text, (name, shape) => InitialWeights.Of(name, shape, zeroEnds: false).to(device));
        else using (var known = CheckpointFile.Open(_textPath)) ModelWeights.Fill(text, (name, _) => known.Read(name, device));
        if (_options.BFloat16)
        {
            ModelWeights.MultiplyIn(unet, ScalarType.BFloat16);
            ModelWeights.MultiplyIn(text, ScalarType.BFloat16);
        }
        using var run = new StageRun(Name, [.. Parameters("unet.", unet)], _phases, _options, _log, slow: [.. Parameters("text.", text)]);
        _log.WriteLine($"{Name}: {unet.parameters().Sum(parameter => parameter.numel()):N0} parameters in the UNet, {text.parameters().Sum(parameter => parameter.numel()):N0} in the text encoder, {_tokens.Ids.Count} tokens, {_glyphs.Count} glyphs");
        return run.Run((step, phase) => Loss(unet, text, phase.Size == Glyph.Size ? latents : halved, step, phase, device), step => Show(unet, text, step), cancel);
    }

    private Tensor Loss(UNet2DConditionModel unet, ClipTextModel text, Tensor latents, long step, TrainingPhase phase, Device device)
    {
        using var scope = NewDisposeScope();
        var (rows, ids, _) = _captions.Draw(_options.Seed, step, phase.Batch);
        var clean = latents.index_select(0, tensor(rows)).to(device);           // (B, 4, h, w)
        var context = text.call(tensor(ids, [phase.Batch, UsedTokens.Length]).to(device), 1);      // (B, 77, D)

        var place = new DrawPlace(_options.Seed, step, 0);
        var (noise, input) = _noise.Draw(clean, place);
        var at = _timesteps.Draw(place, phase.Batch);
        var timesteps = tensor(at).to(device);                                  // (B)
        var prediction = unet.call(_objective.Noisy(clean, input, timesteps), timesteps, context);  // (B, 4, h, w)
        return _objective.Compute(prediction, _objective.Target(clean, noise, timesteps), new() { Timesteps = at, Place = place }).Loss.MoveToOuterDisposeScope();
    }

    private void Show(UNet2DConditionModel unet, ClipTextModel text, long step)
    {
        var path = Path.Combine(_options.Folder, FileName);
        ModelFile.Write(path, unet, text, _tokens, _autoencoderPath);
        using var drawing = _drawing(path);
        var prompts = DrawingPrompt.Spread(_glyphs, Math.Min(ShownPictures, _glyphs.Count), _options.Seed);
        string[] texts = [.. prompts.Select(prompt => prompt.Text)];
        var (phase, _) = TrainingPhase.At(_phases, step - 1);
        var pictures = drawing.Draw(texts, _options.Seed, size: phase.Size);
        PictureFile.Write(Path.Combine(_options.Folder, $"{Name}.png"), LabelledGrid.Of(texts, pictures, columns: 8));
        var quality = DrawingQuality.Of(drawing, prompts, pictures, _glyphs);
        _log.WriteLine($"{Name}: step {step}: of {prompts.Count} pictures {quality.OwnGlyphShare:P0} nearest to their own glyph, {quality.TopFiveShare:P0} with it among the nearest five, {quality.BackgroundShare:P0} with the right background");
    }

    private static IEnumerable<NamedParameter> Parameters(string prefix, nn.Module module) =>
        module.named_parameters().Select(entry => new NamedParameter(prefix + entry.name, entry.parameter));
}
