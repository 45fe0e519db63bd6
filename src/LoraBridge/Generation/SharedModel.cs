using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>A model that several use, with the pipeline that draws with it.</summary>
internal sealed class SharedModel : IDisposable
{
    private readonly bool _isWide;
    private readonly ScalarType _autoencoderType;
    private (TextToImageOptions Options, TextToImage Pipeline)? _pipeline;

    public SharedModel(ModelKey key, StableDiffusionModel model)
    {
        (Key, Model) = (key, model);
        Tensor[] weights = [.. new nn.Module[] { model.UNet, model.TextEncoder, model.Autoencoder }.SelectMany(part => part.parameters())];
        Bytes = weights.Sum(weight => weight.NumberOfElements * weight.ElementSize);
        _autoencoderType = model.Autoencoder.ComputeType;
        _isWide = key.Options.WidenWeights
            || (Computes(model.UNet, model.UNet.ComputeType) && Computes(model.TextEncoder, model.TextEncoder.ComputeType) && Computes(model.Autoencoder, _autoencoderType));
    }

    public ModelKey Key { get; }

    public StableDiffusionModel Model { get; }

    /// <summary>Memory of the weights.</summary>
    public long Bytes { get; }

    /// <summary>How many work with it at present.</summary>
    public int Loans { get; set; }

    /// <summary>Whether it can be used where that was asked for: weights that were widened already do for all.</summary>
    public bool Serves(ModelKey wanted) => Key.IsLike(wanted) && (_isWide || !wanted.Options.WidenWeights);

    /// <summary>The pipeline; another one when its folders changed.</summary>
    public TextToImage Pipeline(TextToImageOptions options, ClipVocabulary vocabulary)
    {
        if (_pipeline is { } kept && AreSame(kept.Options, options)) return kept.Pipeline;
        _pipeline?.Pipeline.Dispose();
        _pipeline = null;
        var made = TextToImage.Over(Model, new(vocabulary), options);
        _pipeline = (options, made);
        return made;
    }

    /// <summary>Makes it as it was loaded, whatever pictures did to it, until the loan is over.</summary>
    public ModelLoan Lend()
    {
        LeaveModel();
        Model.Autoencoder.ComputeType = _autoencoderType;                       // a picture may have turned it to float32
        Loans++;
        return new(this);
    }

    public void LeaveModel() => _pipeline?.Pipeline.LeaveModel();

    public void Dispose()
    {
        _pipeline?.Pipeline.Dispose();
        _pipeline = null;
        Model.Dispose();
    }

    private static bool Computes(nn.Module part, ScalarType type) => part.parameters().All(weight => weight.dtype == type);

    private static bool AreSame(TextToImageOptions one, TextToImageOptions other) =>
        one with { LoraFolders = other.LoraFolders, Vocabulary = other.Vocabulary } == other && one.LoraFolders.SequenceEqual(other.LoraFolders);
}

/// <summary>A model that stays in memory and unchanged until this is disposed.</summary>
internal sealed class ModelLoan(SharedModel model) : IDisposable
{
    private bool _isOver;

    public StableDiffusionModel Model => model.Model;

    /// <summary>Gives it back as it was lent.</summary>
    public void Dispose()
    {
        if (_isOver) return;
        _isOver = true;
        model.Loans--;
        model.Model.UNet.Checkpointing = model.Model.TextEncoder.Checkpointing = Checkpointing.None;
    }
}
