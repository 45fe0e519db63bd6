using System.Text.RegularExpressions;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Network;

/// <summary>Chooses the layers to train, and the rank and scale of each.</summary>
internal sealed class LayerPlanner
{
    private readonly ModelLayers _layers;
    private readonly NetworkOptions _network;
    private readonly OptimizerOptions _rates;
    private readonly LearningRates _learning;
    private readonly Dictionary<ModuleName, LoraModule> _start;
    private readonly int _down;

    private LayerPlanner(ModelLayers layers, TrainingOptions options, LoraFile? start)
    {
        (_layers, _network, _rates, _learning) = (layers, options.Network, options.Optimizer, LearningRates.Of(options));
        _start = _network.RankFromWeights && start is not null ? start.Modules.ToDictionary(module => module.Target) : [];
        _down = DownBlocks(layers);
    }

    /// <summary>How many blocks of the UNet lead down: 12 in Stable Diffusion 1.</summary>
    public static int DownBlocks(ModelLayers layers) =>
        layers.All.Where(name => name.Component == ModelComponent.UNet && name.Path.StartsWith("input_blocks.", StringComparison.Ordinal))
            .Select(name => name.Path.Split('.')[1]).Distinct().Count();

    /// <summary>The layers to train, in the model's order.</summary>
    /// <param name="layers">The model's layers.</param>
    /// <param name="options">Algorithm, targets and ranks; parts and blocks with a learning rate of 0 are left out.</param>
    /// <param name="start">Where ranks are taken from when the options say so.</param>
    /// <exception cref="SettingsException">No layer is left, a list by block has the wrong length, or a pattern is no regular expression.</exception>
    public static IReadOnlyList<LayerPlan> Plan(ModelLayers layers, TrainingOptions options, LoraFile? start = null)
    {
        var planner = new LayerPlanner(layers, options, start);
        planner.CheckLists();
        LayerPlan[] plans = [.. layers.All.Select(planner.Plan).OfType<LayerPlan>()];
        if (plans.Length == 0)
            throw Wrong("network.targets", $"No layer of the model is left to train: loosen network.targets ({options.Network.Targets}), network.include, network.exclude or the ranks and rates by block.");
        return plans;
    }

    /// <summary>Whether one of a layer's names (in adapter files, in diffusers, in checkpoints) contains a text or matches it as a regular expression.</summary>
    public static bool Matches(ModelLayers layers, ModuleName name, string pattern)
    {
        string[] names = [layers.Names.Stem(name), layers.DottedNames.Diffusers(name), name.Path];
        if (names.Any(text => text.Contains(pattern, StringComparison.Ordinal))) return true;
        try
        {
            return names.Any(text => Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant));
        }
        catch (RegexParseException error)
        {
            throw Wrong("network.include", $"network.include, network.exclude, network.rankPatterns and optimizer.ratePatterns: '{pattern}' is part of no layer's name and no regular expression either: {error.Message}");
        }
    }

    /// <summary>The learning rate of the first pattern that a layer's names match, and the pattern; null without.</summary>
    public static (string Pattern, double Rate)? PatternRate(ModelLayers layers, ModuleName name, OptimizerOptions options)
    {
        foreach (var (pattern, rate) in options.RatePatterns)
            if (Matches(layers, name, pattern))
                return (pattern, rate);
        return null;
    }

    private LayerPlan? Plan(ModuleName name)
    {
        var shape = _layers.Shape(name)!;
        var role = LayerRoles.Of(name, shape.Count == 1);
        if (!IsTarget(name, role, shape)) return null;
        if (_network.Include.Count > 0 && !_network.Include.Any(pattern => Matches(_layers, name, pattern))) return null;
        if (_network.Exclude.Any(pattern => Matches(_layers, name, pattern))) return null;

        var block = LayerRoles.Block(name, _down);
        if (block is { } index && BlockRates.AreGiven(_rates) && BlockRates.Factor(_rates, index, _down) <= _rates.BlockRateThreshold) return null;
        if (PatternRate(_layers, name, _rates) is { Rate: 0 }) return null;
        var (rank, scale) = RankAndScale(name, shape, block);
        return rank == 0 ? null : new(name, _layers.Names.Stem(name), role, shape, block, rank, scale);
    }

    private bool IsTarget(ModuleName name, LayerRole role, IReadOnlyList<long> shape)
    {
        var isText = name.Component == ModelComponent.TextEncoder;
        if (isText ? !_learning.TrainsTextEncoder : !_learning.TrainsUNet) return false;
        if (isText && _network.Targets is NetworkTargets.UNetOnly or NetworkTargets.UNetTransformers or NetworkTargets.UNetConvolutions) return false;
        if (shape.Count == 4 && shape[2] > 1 && _network.EffectiveConvRank == 0) return false;

        var isNorm = shape.Count == 1;
        if (isNorm && !_network.TrainNorm) return false;
        var inTransformer = role is LayerRole.Query or LayerRole.Key or LayerRole.Value or LayerRole.AttentionOutput or LayerRole.FeedForward or LayerRole.Projection or LayerRole.TransformerNorm;
        return _network.Targets switch
        {
            // residual blocks come with the algorithms that know convolutions, as with a convolution rank in kohya's trainer
            NetworkTargets.Transformers => inTransformer || (_network.Algorithm.HasConvolutions() && role is LayerRole.Residual or LayerRole.ResidualNorm),
            NetworkTargets.AttentionAndMlp => inTransformer && role != LayerRole.Projection,
            NetworkTargets.Attention => role is LayerRole.Query or LayerRole.Key or LayerRole.Value or LayerRole.AttentionOutput,
            NetworkTargets.QueryKeyValue => role is LayerRole.Query or LayerRole.Key or LayerRole.Value,
            NetworkTargets.QueryValue => role is LayerRole.Query or LayerRole.Value,
            NetworkTargets.FullLinear => shape.Count == 2 || isNorm,
            NetworkTargets.UNetTransformers => inTransformer,
            NetworkTargets.UNetConvolutions => role is LayerRole.Residual or LayerRole.ResidualNorm,
            _ => true,
        };
    }

    private (int Rank, double Scale) RankAndScale(ModuleName name, IReadOnlyList<long> shape, int? block)
    {
        if (_start.TryGetValue(name, out var module) && module.Rank is { } stored) return ((int)stored, module.Scale);

        var isConvolution = shape.Count == 4 && shape[2] > 1;
        var ranks = isConvolution && _network.ConvBlockRanks.Count > 0 ? _network.ConvBlockRanks : isConvolution ? [] : _network.BlockRanks;
        var alphas = isConvolution ? _network.ConvBlockAlphas : _network.BlockAlphas;
        var own = isConvolution ? _network.EffectiveConvRank : _network.Rank;
        var rank = block is { } at && ranks.Count > 0 ? ranks[at] : own;
        // blocks that have no rank at all have no convolutions either
        if (isConvolution && block is { } place && _network.ConvBlockRanks.Count == 0 && _network.BlockRanks.Count > 0 && _network.BlockRanks[place] == 0) return (0, 0);
        foreach (var (pattern, patternRank) in _network.RankPatterns)
            if (Matches(_layers, name, pattern))
                rank = patternRank;
        if (rank == 0) return (0, 0);

        double alpha;
        if (block is { } index && alphas.Count > 0) alpha = alphas[index];
        else if (isConvolution) alpha = _network.ConvAlpha ?? (rank == own ? _network.EffectiveConvAlpha : rank);
        else alpha = _network.Alpha ?? rank;
        if (alpha == 0) alpha = rank;                                           // as trainers take it
        return (rank, alpha / (_network.RankStabilized ? Math.Sqrt(rank) : rank));
    }

    private void CheckLists()
    {
        var count = 2 * _down + 1;
        foreach (var (setting, given) in new[]
        {
            ("network.blockRanks", _network.BlockRanks.Count), ("network.blockAlphas", _network.BlockAlphas.Count),
            ("network.convBlockRanks", _network.ConvBlockRanks.Count), ("network.convBlockAlphas", _network.ConvBlockAlphas.Count),
        })
            if (given != 0 && given != count)
                throw Wrong(setting, $"{setting} has {given} numbers, and this model has {count} blocks: give one for each, or none.");
        foreach (var (setting, given) in new[] { ("optimizer.downBlockRates", _rates.DownBlockRates.Count), ("optimizer.upBlockRates", _rates.UpBlockRates.Count) })
            if (given != 0 && given != _down)
                throw Wrong(setting, $"{setting} has {given} numbers, and this model has {_down} such blocks: give one for each, or none.");
    }

    private static SettingsException Wrong(string setting, string message) => new([new(Severity.Error, message, "", [setting])]);
}
