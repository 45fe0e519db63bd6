using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Network;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>
/// train-*.safetensors: a LoRA's losses, gradients and parameters over AdamW steps, as the reference trainer computes them, by
/// everything that training is made of: networks, module, noise, loss, backward pass and optimizer.
/// </summary>
internal static class TrainingGoldens
{
    private const string StartFile = "train-start.safetensors";
    // A gradient that is 0 but for rounding moves its parameter anywhere between plus and minus the rate. From the second step on
    // Adam weighs an element's gradients against each other, so that their relative error counts, which is more than a hundredth below 1e-6.
    private const double LeastGradient = 1e-7, LeastGradientOfSeveral = 1e-6, LearningRate = 1e-3;
    private const double PredictionLimit = 3e-5, LossLimit = 2e-6, GradientLimit = 3e-7, ParameterRmsLimit = 1e-6;

    public static readonly GoldenCheck UNet = new("train-unet.safetensors", AllWays, Run);

    public static readonly GoldenCheck ZeroUp = new("train-unet-zero-up.safetensors", AllWays, Run);

    public static readonly GoldenCheck TextAndMinSnr = new("train-unet-text-minsnr.safetensors", AllWays, Run);

    public static readonly GoldenCheck LoCon = new("train-locon.safetensors", AllWays, Run);

    public static readonly GoldenCheck Start = new(StartFile, _ => ["written again"], RunStart);

    // recomputing changes gradients only, and those are checked at the first step
    private static IEnumerable<string> AllWays(string path) => ["kept, 5 steps", "Attention, 1 step", "Blocks, 1 step"];

    private static void Run(string path, string caseName)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        using var run = new GoldenRun(path, file, Enum.TryParse<Checkpointing>(caseName.Split(',')[0], out var way) ? way : Checkpointing.None);
        var steps = caseName.Contains('5', StringComparison.Ordinal) ? 5 : 1;
        for (var step = 0; step < steps; step++) run.Step(step);
    }

    // an adapter that is continued without a step is the adapter
    private static void RunStart(string path, string caseName)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = Load(path);
        var layers = new ModelLayers(model);
        using (var start = LoraFile.Open(path, layers))
        using (var network = TrainableNetwork.Create(layers, Options(path, start, trainsText: true), seed: 0, start))
        using (var copy = network.ToFile())
        {
            Assert.Equal(0, start.Report.UnmatchedKeys.Count);
            Assert.Equal(start.Modules.Count, network.Start!.Taken);
            copy.Save(folder.File("again.safetensors"), new() { Type = TensorType.F32 });
        }
        using var original = CheckpointFile.Open(path);
        using var again = CheckpointFile.Open(folder.File("again.safetensors"));
        Assert.Equal(original.Tensors.Keys.Order(StringComparer.Ordinal), again.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var key in original.Tensors.Keys) TensorAssert.Same(original.Read(key), again.Read(key), key);
    }

    private static StableDiffusionModel Load(string path) =>
        StableDiffusionModel.Load(Path.Combine(Path.GetDirectoryName(path)!, "model.safetensors"), new() { ComputeType = ComputeType.Float32, WidenWeights = true });

    private static TrainingOptions Options(string path, LoraFile start, bool trainsText) => new()
    {
        Network = new()
        {
            Algorithm = start.Modules.Any(module => module.Algorithm == "LoCon") ? NetworkAlgorithm.LoCon : NetworkAlgorithm.LoRA,
            RankFromWeights = true,
            TrainTextEncoder = trainsText,
        },
        Loss = new() { MinSnrGamma = path.Contains("minsnr", StringComparison.Ordinal) ? 5 : null },
        Optimizer = new() { LearningRate = LearningRate, WeightDecay = 0.01 },
    };

    private sealed class GoldenRun : IDisposable
    {
        private readonly string _path;
        private readonly CheckpointFile _file;
        private readonly StableDiffusionModel _model;
        private readonly TrainableNetwork _network;
        private readonly Optimizer _optimizer;
        private readonly GradientStep _gradients;
        private readonly DenoisingObjective _objective;
        private readonly Dictionary<string, Tensor> _parameters, _smallest;

        public GoldenRun(string path, CheckpointFile file, Checkpointing checkpointing)
        {
            (_path, _file) = (path, file);
            _model = Load(path);
            (_model.UNet.Checkpointing, _model.TextEncoder.Checkpointing) = (checkpointing, checkpointing);
            var layers = new ModelLayers(_model);
            using var folder = new TemporaryFolder();
            using var start = LoraFile.Open(StartPath(folder), layers);
            var options = Options(path, start, file.Tensors.ContainsKey("ids"));
            _network = TrainableNetwork.Create(layers, options, seed: 0, start);
            Assert.Empty(_network.Start!.Missing);
            _parameters = _network.Groups.SelectMany(group => group.Parameters).ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor);
            _smallest = _parameters.ToDictionary(row => row.Key, row => full_like(row.Value, float.PositiveInfinity));
            if (path.Contains("zero-up", StringComparison.Ordinal))
            {
                using var frozen = no_grad();
                foreach (var (name, tensor) in _parameters)
                    if (name.EndsWith("lora_up.weight", StringComparison.Ordinal))
                        tensor.zero_();
            }
            _optimizer = OptimizerFactory.Create(options.Optimizer, _network.Groups);
            _gradients = new(_optimizer, new(false));
            _objective = new(options.Loss, NoiseSchedule.StableDiffusionTraining, PredictionType.Epsilon);
            _network.Attach();
        }

        public void Step(int step)
        {
            using var scope = NewDisposeScope();
            var (noise, timesteps, latents) = (_file.Read("noise")[step], _file.Read("timesteps")[step], _file.Read("latents"));
            var context = _file.Tensors.ContainsKey("ids") ? _model.TextEncoder.call(_file.Read("ids"), 1) : _file.Read("context");
            var noisy = _objective.Noisy(latents, noise, timesteps);
            var target = _objective.Target(latents, noise, timesteps);
            var prediction = _model.UNet.call(noisy, timesteps, context);
            var (loss, perSample) = _objective.Compute(prediction, target, new() { Timesteps = timesteps.data<long>().ToArray() });
            _gradients.Accumulate(loss);

            Close("loss", _file.Read("loss")[step], loss, LossLimit);
            Close("loss_per_sample", _file.Read("loss_per_sample")[step], perSample, LossLimit);
            if (step == 0)
            {
                Close("step1.noisy", _file.Read("step1.noisy"), noisy, LossLimit);
                Close("step1.target", _file.Read("step1.target"), target, LossLimit);
                Close("step1.pred", _file.Read("step1.pred"), prediction, PredictionLimit);
                CheckGradients();
            }
            NoteGradients();
            Assert.True(_gradients.Apply().IsApplied);
            CheckParameters(step + 1);
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _network.Dispose();
            _model.Dispose();
        }

        private void CheckGradients()
        {
            var keys = _file.Tensors.Keys.Where(key => key.StartsWith("grad.", StringComparison.Ordinal)).ToArray();
            Assert.Equal(keys.Select(key => key["grad.".Length..]).Order(StringComparer.Ordinal), _parameters.Keys.Order(StringComparer.Ordinal));
            var limit = GoldenTolerances.Limit(_path, "grad.*", GradientLimit);
            foreach (var key in keys)
                TensorAssert.Close(_file.Read(key), _parameters[key["grad.".Length..]].grad!, limit, key);
        }

        // what rounding alone may have moved is left out
        private void NoteGradients()
        {
            foreach (var (name, parameter) in _parameters)
            {
                using var one = NewDisposeScope();
                var size = parameter.grad!.abs();
                _smallest[name].copy_(_smallest[name].minimum(size.masked_fill(size.eq(0), float.PositiveInfinity)));
            }
        }

        private void CheckParameters(int steps)
        {
            var prefix = $"after{steps}.";
            var (all, left) = (0.0, 0.0);
            foreach (var key in _file.Tensors.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                using var one = NewDisposeScope();
                var name = key[prefix.Length..];
                var difference = _file.Read(key) - _parameters[name].detach();
                var matters = _smallest[name].ge(steps == 1 ? LeastGradient : LeastGradientOfSeveral).to(float32);
                var count = matters.sum().ToDouble();
                var rms = Math.Sqrt((difference * matters).square().sum().ToDouble() / Math.Max(count, 1));
                Assert.True(rms <= ParameterRmsLimit, $"{key}: differs by {rms:g4} (rms), allowed {ParameterRmsLimit}");
                Assert.InRange(difference.abs().max().ToDouble(), 0, 2 * LearningRate * steps);
                (all, left) = (all + difference.NumberOfElements, left + count);
            }
            Assert.True(left >= 0.9 * all, $"{left} of {all} elements were compared closely");
        }

        private void Close(string name, Tensor expected, Tensor actual, double limit) =>
            TensorAssert.Close(expected, actual, GoldenTolerances.Limit(_path, name, limit), name);

        // a run that brings no start of its own begins with the file beside it
        private string StartPath(TemporaryFolder folder)
        {
            const string Prefix = "start.";
            var keys = _file.Tensors.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal)).ToArray();
            if (keys.Length == 0) return Path.Combine(Path.GetDirectoryName(_path)!, StartFile);
            var path = folder.File("start.safetensors");
            using var scope = NewDisposeScope();
            SafetensorsWriter.Write(path, keys.ToDictionary(key => key[Prefix.Length..], key => _file.Read(key)));
            return path;
        }
    }
}
