using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>A trained tensor and its name, which is unique in a run and stands in saved states.</summary>
/// <param name="Name">The name, for instance the checkpoint's key.</param>
/// <param name="Tensor">A leaf that collects gradients, on the device it is trained on.</param>
public sealed record NamedParameter(string Name, Tensor Tensor);

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
public sealed class ParameterGroup
{
    /// <summary>A group under a name for logs, such as <c>unet</c> or <c>text_encoder</c>.</summary>
    public ParameterGroup(string name, IEnumerable<NamedParameter> parameters, double learningRate, double weightDecay = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(weightDecay);
        (Name, Parameters, BaseLearningRate, LearningRate, WeightDecay) = (name, [.. parameters], learningRate, learningRate, weightDecay);
    }

    /// <summary>The group's name.</summary>
    public string Name { get; }

    /// <summary>Its parameters.</summary>
    public IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>The learning rate that the schedule's factor multiplies.</summary>
    public double BaseLearningRate { get; }

    /// <summary>The learning rate of the next step; with Prodigy and D-Adaptation a factor on what they find.</summary>
    public double LearningRate { get; set; }

    /// <summary>How fast the parameters shrink by themselves, as a multiple of the learning rate.</summary>
    public double WeightDecay { get; }
}
