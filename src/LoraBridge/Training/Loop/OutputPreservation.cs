using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Data;
using LoraBridge.Training.Network;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>
/// Keeps the model's own answer to a prompt, such as the class of what is trained, while the adapter learns others: the squared difference
/// between the predictions with and without the adapter is a part of the loss. It costs two more passes and needs no pictures.
/// </summary>
internal sealed class OutputPreservation : IDisposable
{
    private readonly StableDiffusionModel _model;
    private readonly TrainableNetwork _network;
    private readonly CaptionTokens _prompt;
    private readonly double _weight;
    private readonly Tensor _text;

    /// <summary>Remembers the prompt's text states; made before the adapter is on the model.</summary>
    /// <param name="model">The networks.</param>
    /// <param name="network">The adapter.</param>
    /// <param name="prompt">The prompt whose answer is kept.</param>
    /// <param name="weight">What the difference counts in the loss.</param>
    /// <param name="encode">Captions to text states, (B, T, D), with the adapter where it is on.</param>
    public OutputPreservation(StableDiffusionModel model, TrainableNetwork network, CaptionTokens prompt, double weight, Func<IReadOnlyList<CaptionTokens>, Tensor> encode)
    {
        using var frozen = no_grad();
        (_model, _network, _prompt, _weight) = (model, network, prompt, weight);
        _text = encode([prompt]).DetachFromDisposeScope();                                          // (1, T, D)
    }

    /// <summary>The part of the loss, a scalar with gradients.</summary>
    /// <param name="noisy">Noisy latents, (B, 4, h, w), in the type that is computed in.</param>
    /// <param name="timesteps">(B).</param>
    /// <param name="encode">Captions to text states, (B, T, D), with gradients.</param>
    public Tensor Loss(Tensor noisy, Tensor timesteps, Func<IReadOnlyList<CaptionTokens>, Tensor> encode)
    {
        var count = (int)noisy.shape[0];
        var text = _text.expand(count, -1, -1).to(_model.ComputeType);                              // (B, T, D)
        var own = Own(noisy, timesteps, text);                                                      // (B, 4, h, w)
        if (_network.TextModules > 0) text = encode([.. Enumerable.Repeat(_prompt, count)]).to(_model.ComputeType);
        return (_model.UNet.call(noisy, timesteps, text).to(float32) - own).square().mean() * _weight;
    }

    private Tensor Own(Tensor noisy, Tensor timesteps, Tensor text)
    {
        using var frozen = no_grad();
        _network.IsActive = false;
        try
        {
            return _model.UNet.call(noisy, timesteps, text).to(float32);
        }
        finally
        {
            _network.IsActive = true;
        }
    }

    public void Dispose() => _text.Dispose();
}
