using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora.Catalog;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>A checkpoint in memory.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Vae">An autoencoder's own file, or null.</param>
/// <param name="Bytes">The memory of its weights.</param>
/// <param name="IsLent">Whether somebody, such as a training, works with it, so that it stays.</param>
public sealed record LoadedModel(string Path, string? Vae, long Bytes, bool IsLent);

/// <summary>
/// The checkpoints in memory, which all who draw and train share: each is loaded once, the least recently used go when others need the room.
/// It belongs to the thread that draws and trains.
/// </summary>
/// <param name="budget">Bytes of weights that may be in memory together; a single model may be larger.</param>
public sealed class LoadedModels(long budget) : IDisposable
{
    private readonly LinkedList<SharedModel> _byUse = new();
    private ModelHold? _hold;

    /// <summary>What is in memory, the most recently used first.</summary>
    public IReadOnlyList<LoadedModel> All => [.. _byUse.Select(model => new LoadedModel(model.Key.Path, model.Key.Options.AutoencoderPath, model.Bytes, model.Loans > 0))];

    /// <summary>Bytes of weights that would go on a device if others needed the room: nobody works with them.</summary>
    internal long Reclaimable(Device device) =>
        _byUse.Where(model => model.Loans == 0 && model.Model.Device.type == device.type && Math.Max(0, model.Model.Device.index) == Math.Max(0, device.index)).Sum(model => model.Bytes);

    /// <summary>How many models were read from their files.</summary>
    public int Loads { get; private set; }

    /// <summary>The pipeline of a checkpoint, which is loaded if it is not in memory. It stays the table's, and may be gone after the next call.</summary>
    /// <param name="options">Which checkpoint, and with what adapters.</param>
    /// <param name="progress">Told how many bytes are read.</param>
    /// <param name="cancel">Asked between tensors.</param>
    /// <remarks>It throws what <see cref="TextToImage.Load"/> throws.</remarks>
    public TextToImage Pipeline(TextToImageOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        // the vocabulary first: its absence should not cost the loading of a checkpoint
        var vocabulary = ClipVocabulary.Find(options.Vocabulary);
        return Get(ModelKey.Of(options.ModelPath, options.Model), progress, cancel).Pipeline(options, vocabulary);
    }

    /// <summary>A checkpoint for somebody who works with its networks for longer; no adapter is on it, and it stays in memory until the loan is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Device, types, an autoencoder of one's own.</param>
    /// <param name="progress">Told how many bytes are read.</param>
    /// <param name="cancel">Asked between tensors.</param>
    internal ModelLoan Lend(string path, ModelOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancel = default) =>
        Get(ModelKey.Of(path, options), progress, cancel).Lend();

    /// <summary>Takes off whatever the last requests left on models.</summary>
    public void LeaveModels()
    {
        foreach (var model in _byUse) model.LeaveModel();
    }

    /// <summary>Keeps all models that are asked for from now on until the result is disposed: a picture may need several.</summary>
    public IDisposable Hold() => _hold = new(this, _hold);

    /// <summary>Gives up all models that nobody works with, and the memory that torch keeps for later.</summary>
    public void Unload()
    {
        foreach (var model in _byUse.Where(model => model.Loans == 0).ToList()) Remove(model);
        TorchExtras.ReleaseCachedMemory();
    }

    /// <summary>Gives up all models.</summary>
    public void Dispose()
    {
        if (_byUse.Count == 0) return;
        while (_byUse.First is { } node) Remove(node.Value);
        TorchExtras.ReleaseCachedMemory();
    }

    private SharedModel Get(ModelKey key, IProgress<LoadProgress>? progress, CancellationToken cancel)
    {
        var model = FindOrLoad(key, progress, cancel);
        _hold?.Add(model);
        return model;
    }

    private SharedModel FindOrLoad(ModelKey key, IProgress<LoadProgress>? progress, CancellationToken cancel)
    {
        if (_byUse.FirstOrDefault(model => model.Serves(key)) is { } found)
        {
            _byUse.Remove(found);
            _byUse.AddFirst(found);
            return found;
        }
        MakeRoom(key);
        TorchExtras.EnsureAvailable();
        ComputeThreads.UseCores();
        using var frozen = no_grad();
        var loaded = new SharedModel(key, StableDiffusionModel.Load(key.Path, key.Options, progress, cancel));
        Loads++;
        _byUse.AddFirst(loaded);
        return loaded;
    }

    private void MakeRoom(ModelKey wanted)
    {
        // an older version of the file, and one whose weights are narrower than wanted, would be the same model twice
        foreach (var model in _byUse.Where(model => model.Loans == 0 && model.Key.Path == wanted.Path && (model.Key.Stamp != wanted.Stamp || model.Key.IsLike(wanted))).ToList()) Remove(model);
        var bytes = _byUse.Sum(model => model.Bytes) + wanted.ExpectedBytes;
        for (var node = _byUse.Last; node is not null && bytes > budget;)
        {
            var (model, previous) = (node.Value, node.Previous);
            if (model.Loans == 0)
            {
                bytes -= model.Bytes;
                Remove(model);
            }
            node = previous;
        }
        TorchExtras.ReleaseCachedMemory();
    }

    private void Remove(SharedModel model)
    {
        _byUse.Remove(model);
        model.Dispose();
    }

    /// <summary>The models that one job uses; a job within it, as in a training's pause, has its own.</summary>
    private sealed class ModelHold(LoadedModels models, ModelHold? outer) : IDisposable
    {
        private readonly HashSet<SharedModel> _held = [];

        public void Add(SharedModel model)
        {
            if (_held.Add(model)) model.Loans++;
        }

        public void Dispose()
        {
            foreach (var model in _held) model.Loans--;
            _held.Clear();
            models._hold = outer;
        }
    }
}

/// <summary>Which model, and how it is loaded.</summary>
/// <param name="Path">The file.</param>
/// <param name="Stamp">Which version of it.</param>
/// <param name="Options">Device, types, an autoencoder of one's own.</param>
internal sealed record ModelKey(string Path, FileStamp Stamp, ModelOptions Options)
{
    public static ModelKey Of(string path, ModelOptions options)
    {
        var file = new FileInfo(path);
        // what is missing is said by who opens it
        return new(file.FullName, file.Exists ? FileStamp.Of(file) : FileStamp.None, options);
    }

    /// <summary>What it will take, as well as can be told from the outside.</summary>
    public long ExpectedBytes => Math.Max(0, Stamp.Size);

    /// <summary>Whether the other is the same but for how wide its weights are.</summary>
    public bool IsLike(ModelKey other) => Path == other.Path && Stamp == other.Stamp && Options with { WidenWeights = false } == other.Options with { WidenWeights = false };
}
