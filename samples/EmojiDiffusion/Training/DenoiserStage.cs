using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using TorchSharp;
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
        using var known = _textPath is null ? null : CheckpointFile.Open(_textPath);
        using DenoiserNetworks networks = new(_tokens.Ids.Count, _options.BFloat16,
            (name, shape) => InitialWeights.Of(name, shape, zeroEnds: true).to(device),
            (name, shape) => known?.Read(name, device) ?? InitialWeights.Of(name, shape, zeroEnds: false).to(device));
        using var run = new StageRun(Name, networks.UNetParameters, _phases, _options, _log, slow: networks.TextParameters);
        _log.WriteLine($"{Name}: {Count(networks.UNetParameters):N0} parameters in the UNet, {Count(networks.TextParameters):N0} in the text encoder, {_tokens.Ids.Count} tokens, {_glyphs.Count} glyphs");

        // networks as small as these compute faster several side by side, a thread each, than with several threads in each product
        var threads = get_num_threads();
        var twins = device.type == DeviceType.CPU ? Math.Min(threads, _phases.Min(phase => phase.Batch)) - 1 : 0;
        DenoiserNetworks[] parts = [networks, .. Enumerable.Range(0, twins).Select(_ => networks.Twin())];
        if (twins > 0) set_num_threads(1);
        try
        {
            return run.Run((step, phase) => Gradients(run, parts, phase.Size == Glyph.Size ? latents : halved, step, phase, device), step => Show(networks, latents, step), cancel);
        }
        finally
        {
            set_num_threads(threads);
            foreach (var twin in parts.Skip(1)) twin.Dispose();
        }
    }

    private double Gradients(StageRun run, DenoiserNetworks[] parts, Tensor latents, long step, TrainingPhase phase, Device device)
    {
        using var scope = NewDisposeScope();
        var (rows, ids, _) = _captions.Draw(_options.Seed, step, phase.Batch);
        var clean = latents.index_select(0, tensor(rows)).to(device);           // (B, 4, h, w)
        var captions = tensor(ids, [phase.Batch, UsedTokens.Length]).to(device);       // (B, 77)
        var place = new DrawPlace(_options.Seed, step, 0);
        var (noise, input) = _noise.Draw(clean, place);
        var at = _timesteps.Draw(place, phase.Batch);
        var timesteps = tensor(at).to(device);                                  // (B)
        var noisy = _objective.Noisy(clean, input, timesteps);
        var target = _objective.Target(clean, noise, timesteps);

        var losses = new double[parts.Length];
        Parallel.For(0, parts.Length, i =>
        {
            var (first, end) = (i * phase.Batch / parts.Length, (i + 1) * phase.Batch / parts.Length);
            losses[i] = run.Backward(() =>
            {
                Tensor Part(Tensor whole) => whole.narrow(0, first, end - first);
                var context = Context(parts[i].Text, Part(captions), phase);     // (P, 77, D)
                var prediction = parts[i].UNet.call(Part(noisy), Part(timesteps), context);    // (P, 4, h, w)
                return _objective.Compute(prediction, Part(target), new() { Timesteps = at[first..end] }).Loss * ((double)(end - first) / phase.Batch);
            });
        });
        foreach (var twin in parts.Skip(1)) parts[0].TakeGradients(twin);
        return losses.Sum();
    }

    // while the UNet learns at half the size, the text encoder rests: it knows as much already, and takes a third of a step's time
    private static Tensor Context(ClipTextModel text, Tensor captions, TrainingPhase phase)
    {
        using var frozen = phase.Size < Glyph.Size ? no_grad() : null;
        return text.call(captions, 1);
    }

    private static long Count(IReadOnlyList<NamedParameter> parameters) => parameters.Sum(parameter => parameter.Tensor.numel());

    private void Show(DenoiserNetworks networks, Tensor latents, long step)
    {
        var path = Path.Combine(_options.Folder, FileName);
        ModelFile.Write(path, networks.UNet, networks.Text, _tokens, _autoencoderPath);
        using var drawing = _drawing(path);
        var prompts = DrawingPrompt.Spread(_glyphs, Math.Min(ShownPictures, _glyphs.Count), _options.Seed);
        string[] texts = [.. prompts.Select(prompt => prompt.Text)];
        var (phase, _) = TrainingPhase.At(_phases, step - 1);
        var pictures = drawing.Draw(texts, _options.Seed, size: phase.Size);
        PictureFile.Write(Path.Combine(_options.Folder, $"{Name}.png"), LabelledGrid.Of(texts, pictures, columns: 8));
        var quality = DrawingQuality.Of(drawing, prompts, pictures, latents);
        _log.WriteLine($"{Name}: step {step}: of {prompts.Count} pictures {quality.OwnGlyphShare:P0} nearest to their own glyph, {quality.TopFiveShare:P0} with it among the nearest five, place {quality.Ranks.Order().ElementAt(prompts.Count / 2) + 1} in the median, {quality.BackgroundShare:P0} with the right background");
    }
}
