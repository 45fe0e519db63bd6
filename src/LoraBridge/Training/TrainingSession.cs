using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using LoraBridge.Torch;
using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;
using LoraBridge.Training.Logging;
using LoraBridge.Training.Loop;
using LoraBridge.Training.Network;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Preflight;
using LoraBridge.Training.Result;
using LoraBridge.Training.Samples;
using LoraBridge.Training.Schedules;
using LoraBridge.Training.Settings;
using LoraBridge.Training.Validation;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training;

/// <summary>Everything that a run is made of, put together from its settings; <see cref="TrainingLoop"/> moves it.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    private readonly List<Action> _releases = [];
    private readonly NetworkStay? _rehearsed;

    private TrainingSession(TrainingOptions options, TrainerHost host, NetworkStay? rehearsed) => (Options, Host, _rehearsed) = (options, host, rehearsed);

    public TrainingOptions Options { get; private set; }

    public TrainerHost Host { get; }

    public SavedNames Names { get; private set; } = null!;

    public StableDiffusionModel Model { get; private set; } = null!;

    public TrainableNetwork Network { get; private set; } = null!;

    public Optimizer Optimizer { get; private set; } = null!;

    public LossScaler Scaler { get; private set; } = null!;

    public ParameterAverage? Average { get; private set; }

    public StepPlan Plan { get; private set; } = null!;

    public BatchSchedule Batches { get; private set; } = null!;

    public BatchSource Source { get; private set; } = null!;

    public NoisePrediction Prediction { get; private set; } = null!;

    public TimestepSampler Timesteps { get; private set; } = null!;

    public TrainingNoise Noise { get; private set; } = null!;

    public LearningRateSchedule Rates { get; private set; } = null!;

    public ValidationRun? Validation { get; private set; }

    /// <summary>What is merged into a model that others use too; null where nothing is, or the model is the run's own.</summary>
    public MergedAdapters? Merged { get; private set; }

    public SampleDrawer Samples { get; private set; } = null!;

    public RunMetadata Metadata { get; private set; } = null!;

    public DateTimeOffset Started { get; private set; }

    public List<string> Warnings { get; } = [];

    /// <summary>Whether the parameters hold the values that are saved and shown, not those that are trained.</summary>
    public bool IsEvaluating { get; set; }

    /// <summary>What the run will take, as far as headers tell; null for a resumed run, which is not judged anew.</summary>
    public PreflightReport? Forecast { get; private set; }

    /// <summary>What <see cref="AdapterProof"/> asks the text encoder, which has left memory; null while it is there.</summary>
    public Tensor? ProofText { get; private set; }

    /// <summary>How many pictures were encoded before the steps, and how long it took.</summary>
    public (int Pictures, TimeSpan Time) Encoded { get; private set; }

    /// <summary>The seed that all chance follows from.</summary>
    public long Seed => Options.Loop.Seed!.Value;

    /// <summary>The state that the run goes on from; null for a new run.</summary>
    public RunState? Resumed { get; private set; }

    private string ResumedFrom { get; set; } = "";

    /// <summary>Reads, loads and encodes what the steps need.</summary>
    public static TrainingSession Begin(TrainingOptions options, TrainerHost host) => Prepared(new(options, host, null));

    /// <summary>Makes a session of the largest batch alone, which leaves no trace: for two steps, not for <see cref="Run"/>.</summary>
    public static TrainingSession Rehearse(TrainingOptions options, TrainerHost host) => Prepared(new(Rehearsal.Options(options), host, NetworkStay.Of(options, host.SharesModel)));

    private static TrainingSession Prepared(TrainingSession session)
    {
        try
        {
            session.Prepare();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Takes the steps that are left.</summary>
    public TrainingResult Run()
    {
        using var loop = new TrainingLoop(this);
        return loop.Run();
    }

    /// <summary>Puts a saved state into the network and what moves it.</summary>
    public void Load(SavedState parts)
    {
        using (var part = parts.Part("network.")) Network.Load(part);
        using (var part = parts.Part("optimizer.")) Optimizer.Load(part);
        using (var part = parts.Part("scaler.")) Scaler.Load(part);
        if (Average is null) return;
        using (var part = parts.Part("average.")) Average.Load(part);
    }

    public void Tell(TrainingEvent what) => Host.Progress?.Report(what);

    /// <inheritdoc cref="RunSharing.ServeGuests"/>
    public bool ServeGuests() => RunSharing.ServeGuests(Host, Network, Merged);

    /// <summary>Hears of warnings from now on.</summary>
    public event Action<string>? Warned;

    public void Warn(string sentence)
    {
        if (_rehearsed is not null) return;                                     // the run itself will say it
        Warnings.Add(sentence);
        Warned?.Invoke(sentence);
        Tell(new TrainingWarning(sentence));
    }

    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
        _owned.Clear();
        TorchExtras.ReleaseCachedMemory();                                      // who trained may go on with something smaller
    }

    private void Prepare()
    {
        Names = new(Path.GetFullPath(Options.Saving.Folder), Options.Saving.EffectiveName);
        var folder = Path.GetDirectoryName(Names.Final)!;
        if (_rehearsed is null) Open(folder);
        Options = Options with { Loop = Options.Loop with { Seed = Options.Loop.Seed ?? Random.Shared.NextInt64(uint.MaxValue) } };

        var tokenizer = new ClipTokenizer(ClipVocabulary.Find(Host.Vocabulary));
        var (set, aside) = ReadPictures(tokenizer);
        if (_rehearsed is null && Resumed is null) Fit(DataShape.Of(set, aside));
        LoadModel();
        MakeNetwork();
        MakeObjective();
        Batches = new(set, Options.Loop.BatchSize, Seed);
        Plan = StepPlan.ForBatches(Options, Batches.BatchesPerEpoch);
        foreach (var problem in Plan.Problems) Warn(problem.Message);
        MakeSource(set, aside, tokenizer);
        LetGo();
        Rates = new(Options.Schedule with { Warmup = StepAmount.Steps(Plan.WarmupSteps) }, Plan.Steps, LearningRates.Of(Options).Largest);
        foreach (var warning in Rates.Warnings) Warn(warning);
        Samples = new(Model, tokenizer, Options.Model.Path, SamplePrompt.All(Options.Samples, Seed), Path.Combine(folder, "sample"), Options.Saving.EffectiveName);
        if (_rehearsed is null) Record(set);
        Network.Attach();
        if (Resumed is not null) ResumePlace.Load(this);
        if (_rehearsed is null) _owned.AddRange(RunSharing.Announce(this));
    }

    private void Open(string folder)
    {
        OutputFolder.Check(folder, Names.Longest);
        OutputFolder.RemoveLeftovers(folder);
        Started = SaveTime.Now(Host.Time);
        ResumePlace.Find(this);
    }

    private void Record(TrainingSet set)
    {
        var bytes = new FileInfo(Options.Model.Path).Length;
        var progress = new StageProgress<long>(this, "hashing the checkpoint", done => (double)done / bytes);
        Metadata = new(Options, set, Plan, (FileHashes.Sha256(Options.Model.Path, Host.CacheFolder, progress, Host.Stop), CheckpointHashes.Legacy(Options.Model.Path)), Started);
    }

    private (TrainingSet Training, TrainingSet? Validation) ReadPictures(ClipTokenizer tokenizer)
    {
        var data = Options.ToDataOptions();
        var scan = DatasetReader.Scan(data, Pictures("reading the pictures"), Host.Stop);
        OutputFolder.CheckApart(Path.GetDirectoryName(Names.Final)!, scan.Pictures);
        // a resumed run was told at its beginning
        if (_rehearsed is null && Resumed is null)
        {
            var report = DatasetDoctor.Examine(data, scan, new(), tokenizer, Pictures("examining the pictures"), Host.Stop);
            if (!report.CanStart) throw new DatasetException([.. report.Findings.Where(finding => finding.Severity == FindingSeverity.Error)]);
            foreach (var warning in report.Warnings()) Warn(warning);
        }
        var (training, aside) = ValidationSplit.Divide(scan, Options.Validation.Split, Options.Validation.Seed ?? Seed);
        if (Options.Validation.Split > 0 && aside is null)
        {
            const string Nothing = "validation.split: of so few pictures none can be set aside.";
            if (Options.EarlyStop is { Patience: not null, Metric: StopMetric.ValidationLoss })
                throw new SettingsException([new(Severity.Error, $"{Nothing} Add pictures, or set earlyStop.metric to training_loss.", "", ["validation.split", "earlyStop.patience"])]);
            Warn($"{Nothing} The run is not validated.");
        }
        var set = TrainingSet.From(data, training);
        if (_rehearsed is not null) set = TrainingSet.From(data, Rehearsal.Pictures(training with { Pictures = set.Pictures }, Options.Loop.BatchSize));
        return (set, aside is null ? null : TrainingSet.From(data, aside));
    }

    private StageProgress<DatasetProgress> Pictures(string stage) => new(this, stage, at => at.Total == 0 ? 1 : (double)at.Done / at.Total);

    // before anything is loaded; a resumed run goes on with what it began with
    private void Fit(DataShape data)
    {
        TorchExtras.ReleaseCachedMemory();                                      // what earlier work of this process keeps can be had
        Forecast = PreflightCheck.Predict(Options, PreflightCheck.Read(Options, data, Host), Host);
        if (Forecast.Fits) return;
        if (!Options.Precision.AutoFit || !Forecast.FitsWithChanges) Warn(Forecast.Sentence);
        if (!Options.Precision.AutoFit) return;
        foreach (var change in Forecast.Changes) Warn($"precision.autoFit: {change}, for {ProgressText.Memory(change.Saves)} less. {change.Cost}");
        Options = Forecast.Fitted;
    }

    private void LoadModel()
    {
        var device = DeviceNames.Resolve(Options.Precision.Device);
        var type = Options.Precision.Mixed switch
        {
            MixedPrecision.Fp16 => ComputeType.Float16,
            MixedPrecision.Bf16 => ComputeType.BFloat16,
            MixedPrecision.Auto when device != "cpu" => ComputeType.Auto,
            _ => ComputeType.Float32,
        };
        var progress = new StageProgress<LoadProgress>(this, "loading the model", at => at.BytesTotal == 0 ? 1 : (double)at.BytesRead / at.BytesTotal);
        using var frozen = no_grad();
        var options = new ModelOptions
        {
            Device = device,
            ComputeType = type,
            AutoencoderComputeType = Options.Precision.VaeInFloat32 ? ComputeType.Float32 : null,
            AutoencoderPath = Options.Model.Vae,
            // a weight that is widened where it is used would be kept widened for the backward pass
            WidenWeights = true,
            Hints = new() { PredictionType = Options.Model.Prediction switch { TrainingTarget.V => "v_prediction", TrainingTarget.Epsilon => "epsilon", _ => null } },
        };
        Model = Host.SharesModel
            ? Own(Host.Models!.Lend(Options.Model.Path, options, progress, Host.Stop)).Model
            : Own(StableDiffusionModel.Load(Options.Model.Path, options, progress, Host.Stop));
        if (Options.Model.ClipSkip is { } skip && skip > Model.TextEncoder.Config.Layers)
            throw new SettingsException([new(Severity.Error, $"model.clipSkip is {skip}, and the model's text encoder has {Model.TextEncoder.Config.Layers} layers: 1 or 2 is usual.", "", ["model.clipSkip"])]);
        if (Options.Model.MergedWeights.Count > 0)
        {
            if (Host.SharesModel) Merged = Own(MergedAdapters.MergeBeside(Model, Options.Model));
            else MergedAdapters.Merge(Model, Options.Model);
        }
        if (!IsSound()) throw new InvalidDataException($"model.path: {Options.Model.Path} predicts NaN or infinity when computed in {Model.ComputeType}. Choose another checkpoint, or precision.mixed bf16 or no instead of fp16.");
        Model.UNet.Checkpointing = Model.TextEncoder.Checkpointing = Options.Precision.GradientCheckpointing ? Checkpointing.Blocks : Checkpointing.None;
    }

    // minutes of encoding pictures should not be spent on a model that is broken
    private bool IsSound()
    {
        using var scope = NewDisposeScope();
        var text = Model.TextEncoder.call(zeros([1, 77], dtype: int64, device: Model.Device), 1).to(Model.ComputeType);
        var latents = ones([1, 4, 8, 8], dtype: float32, device: Model.Device).to(Model.ComputeType);
        return Model.UNet.call(latents, full(1, 500L, dtype: int64, device: Model.Device), text).isfinite().all().ToBoolean();
    }

    private void MakeNetwork()
    {
        var layers = new ModelLayers(Model);
        using var start = Options.Network.StartWeights is { } path ? LoraFile.Open(path, layers) : null;
        Network = Own(TrainableNetwork.Create(layers, Options, Seed, start));
        Optimizer = Own(OptimizerFactory.Create(Options.Optimizer, Network.Groups));
        Scaler = new(Model.ComputeType == float16);
        if (Options.Ema.Enabled) Average = Own(new ParameterAverage(Network.Groups.SelectMany(group => group.Parameters), Options.Ema.Decay, Options.Ema.UpdateEvery));
    }

    private void MakeObjective()
    {
        var schedule = NoiseSchedule.StableDiffusionTraining;
        if (Options.Model.ZeroTerminalSnr) schedule = schedule.RescaledToZeroTerminalSnr();
        var type = Model.Hints.PredictionType == "v_prediction" ? PredictionType.V : PredictionType.Epsilon;
        Prediction = new(Model, new(Options.Loss, schedule, type), Options.Model.ClipSkip ?? 1);
        Timesteps = new(Options.Timesteps);
        Noise = new(Options.Noise);
    }

    private void MakeSource(TrainingSet set, TrainingSet? aside, ClipTokenizer tokenizer)
    {
        var encoder = new LatentEncoder(Model.Autoencoder, new() { Device = Model.Device.ToString() });
        if (Options.Loss.OutputPreservation is > 0 and var weight)
            Prediction.Preservation = Own(new OutputPreservation(Model, Network, CaptionTokens.Read(Options.Loss.OutputPreservationPrompt, tokenizer, new()), weight, Prediction.TextStates));
        Source = SourceOf(set, encoder, tokenizer);
        if (aside is null) return;

        var source = SourceOf(aside, encoder, tokenizer);
        var seed = Options.Validation.Seed ?? Seed;
        var plan = new BatchSchedule(aside, Options.Loop.BatchSize, seed).Epoch(0);
        var drift = Own(new NeutralDrift((prompts, latents, timesteps) => Model.UNet.call(latents.to(Model.ComputeType), timesteps,
            Prediction.TextStates([.. prompts.Select(prompt => CaptionTokens.Read(prompt, tokenizer, new()))]).to(Model.ComputeType)).to(float32), Model.Device, seed));
        Validation = new([.. plan.Batches.Select((batch, number) => (Func<TrainingBatch>)(() => source.Load(batch, 0, new(seed, 0, number))))], Prediction, drift, Options.Validation, seed);
    }

    private BatchSource SourceOf(TrainingSet set, LatentEncoder encoder, ClipTokenizer tokenizer)
    {
        LatentCache? latents = null;
        if (Options.Cache.Latents && CacheRefusals.Latents(Options).Count == 0)
        {
            latents = new(set, Own(TensorStores.Latents(Options.Cache, Options.Saving.Folder)), encoder, LatentCacheOptions.Of(Options.Cache));
            var report = latents.Fill(Fill("encoding the pictures"), Host.Stop);
            Tell(report);
            Encoded = (Encoded.Pictures + report.Computed, Encoded.Time + report.Elapsed);
            if (!Stay.Autoencoder) _releases.Add(latents.ReleaseEncoder);
        }
        else if (Options.Cache.Latents)
        {
            Warn($"Latents are not cached: {string.Join(" ", CacheRefusals.Latents(Options))}");
        }
        return new(set)
        {
            TotalSteps = Plan.Steps,
            ScaleFactor = Model.Hints.ScaleFactor ?? 0.18215,
            Device = Model.Device,
            Tokenizer = tokenizer,
            Encoder = encoder,
            Latents = latents,
            TextStates = Network.TextModules > 0 ? null : TextStates(set, tokenizer),
        };
    }

    private Func<IReadOnlyList<CaptionTokens>, Tensor> TextStates(TrainingSet set, ClipTokenizer tokenizer)
    {
        if (CacheRefusals.TextStates(Options) is { Count: > 0 } refusals)
        {
            if (Options.Cache.TextStates) Warn($"Text states are not cached: {string.Join(" ", refusals)}");
            return captions =>
            {
                using var frozen = no_grad();
                return Prediction.TextStates(captions);
            };
        }
        // captions that stay the same are encoded once, asked for or not: it costs nothing
        var cache = new TextStateCache(Own(TensorStores.TextStates(Options.Cache, Options.Saving.Folder)), Model.TextEncoder, new() { ClipSkip = Options.Model.ClipSkip ?? 1, Device = Model.Device.ToString(), StoredType = LatentCacheOptions.StoredTypeOf(Options.Cache) });
        Tell(cache.Fill(TextStateCache.CaptionsOf(set).Select(caption => CaptionTokens.Read(caption.Caption, tokenizer, caption.Options)), Fill("encoding the captions"), Host.Stop));
        if (!Stay.TextEncoder) _releases.Add(cache.ReleaseEncoder);
        return captions => cache.Read(captions).to(Model.Device);
    }

    // a rehearsal keeps in memory what the run would
    private NetworkStay Stay => _rehearsed ?? NetworkStay.Of(Options, Host.SharesModel);

    // what the caches hold needs no network any more
    private void LetGo()
    {
        if (Stay is { Autoencoder: true, TextEncoder: true }) return;
        foreach (var release in _releases) release();
        if (!Stay.TextEncoder)
        {
            ProofText = Own(AdapterProof.TextOf(Model).DetachFromDisposeScope());
            Model.TextEncoder.Dispose();
        }
        if (!Stay.Autoencoder) Model.Autoencoder.Dispose();
        TorchExtras.ReleaseCachedMemory();
    }

    private StageProgress<FillProgress> Fill(string stage) => new(this, stage, at => at.Total == 0 ? 1 : (double)at.Done / at.Total) { ServesGuests = true };

    private void Tell(FillReport report)
    {
        foreach (var note in report.Notes) Warn(note);
    }

    private T Own<T>(T owned) where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>Passes a part's progress on as that of a stage.</summary>
    private sealed class StageProgress<T>(TrainingSession session, string stage, Func<T, double> fraction) : IProgress<T>
    {
        /// <summary>Whether the stage makes room for others at every report; only where reports come from the run's own thread.</summary>
        public bool ServesGuests { get; init; }

        public void Report(T value)
        {
            session.Tell(new TrainingStage(stage, fraction(value)));
            if (ServesGuests) session.ServeGuests();
        }
    }

    /// <summary>Where a run goes on.</summary>
    private static class ResumePlace
    {
        public static void Find(TrainingSession session)
        {
            if (session.Options.Loop.Resume is not { Length: > 0 } asked) return;
            var path = asked == "latest" ? session.Names.Resume : Directory.Exists(asked) ? Directory.GetFiles(asked, "*" + SavedNames.StateExtension).Order(StringComparer.Ordinal).LastOrDefault() ?? asked : asked;
            if (!File.Exists(path))
            {
                if (asked != "latest") throw new FileNotFoundException($"loop.resume: there is no saved state {path}. Give a file that ends in {SavedNames.StateExtension}, or 'latest', or nothing to begin anew.", path);
                session.Warn($"There is no saved state in {Path.GetDirectoryName(path)} yet: the run begins anew.");
                return;
            }
            session.ResumedFrom = path;
            session.Resumed = session.Own(Read(path, "Give an earlier state, or leave loop.resume out to begin anew.", () => RunState.Read(path)));
            session.Started = DateTimeOffset.FromUnixTimeMilliseconds(session.Resumed.Started);
            var settings = session.Names.Settings;
            if (!File.Exists(settings)) return;
            var before = Read(settings, "Delete it: the run then goes on with the settings given now.", () => SettingsJson.Read(File.ReadAllText(settings)));
            session.Options = SettingsChanges.Merge(before, session.Options, session.Warn);
        }

        public static void Load(TrainingSession session)
        {
            var path = session.ResumedFrom;
            Read(path, "Resume with the settings it was saved with, or leave loop.resume out to begin anew.", () =>
            {
                session.Load(session.Resumed!.Parts);
                return path;
            });
            using var scope = NewDisposeScope();
            if (session.Network.Groups.SelectMany(group => group.Parameters).FirstOrDefault(parameter => !parameter.Tensor.isfinite().all().ToBoolean()) is { } broken)
                throw new InvalidDataException($"loop.resume: {path}: '{broken.Name}' holds NaN or infinity. Give an earlier state, or leave loop.resume out to begin anew.");
        }

        private static T Read<T>(string path, string cure, Func<T> read)
        {
            try
            {
                return read();
            }
            catch (Exception wrong) when (wrong is InvalidDataException or CheckpointFormatException or System.Text.Json.JsonException)
            {
                var named = wrong.Message.Contains(path, StringComparison.Ordinal) ? wrong.Message : $"{path}: {wrong.Message}";
                throw new InvalidDataException($"loop.resume: {named.TrimEnd('.')}. {cure}", wrong);
            }
        }
    }
}
