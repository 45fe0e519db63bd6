using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Training.Network;

/// <summary>What a layer is for in its network, by which named sets choose.</summary>
internal enum LayerRole
{
    Query,
    Key,
    Value,
    AttentionOutput,
    FeedForward,

    /// <summary>The projections into and out of a transformer.</summary>
    Projection,

    TransformerNorm,

    /// <summary>Layers of residual blocks and samplers.</summary>
    Residual,

    ResidualNorm,

    /// <summary>First and last layers and the timestep's embedding, which stand in no block.</summary>
    Outer,

    OuterNorm,
}

/// <summary>Tells roles by layers' paths.</summary>
internal static class LayerRoles
{
    /// <summary>A layer's role.</summary>
    /// <param name="name">The layer.</param>
    /// <param name="isNorm">Whether its weight is a vector.</param>
    public static LayerRole Of(ModuleName name, bool isNorm) =>
        name.Component == ModelComponent.TextEncoder ? OfText(name.Path, isNorm) : OfUNet(name.Path, isNorm);

    /// <summary>The index of a UNet layer's block among all of them, down, middle and up, as trainers count; null for what stands in no block.</summary>
    /// <param name="name">The layer.</param>
    /// <param name="down">How many blocks lead down.</param>
    public static int? Block(ModuleName name, int down)
    {
        if (name.Component != ModelComponent.UNet) return null;
        var parts = name.Path.Split('.');
        return parts[0] switch
        {
            "input_blocks" => int.Parse(parts[1]),
            "middle_block" => down,
            "output_blocks" => down + 1 + int.Parse(parts[1]),
            _ => null,
        };
    }

    private static LayerRole OfText(string path, bool isNorm)
    {
        if (isNorm) return path.Contains(".layers.", StringComparison.Ordinal) ? LayerRole.TransformerNorm : LayerRole.OuterNorm;
        return Last(path) switch
        {
            "q_proj" => LayerRole.Query,
            "k_proj" => LayerRole.Key,
            "v_proj" => LayerRole.Value,
            "out_proj" => LayerRole.AttentionOutput,
            "fc1" or "fc2" => LayerRole.FeedForward,
            _ => LayerRole.Outer,
        };
    }

    private static LayerRole OfUNet(string path, bool isNorm)
    {
        if (path.StartsWith("time_embed.", StringComparison.Ordinal) || path.StartsWith("out.", StringComparison.Ordinal) || path == "input_blocks.0.0")
            return isNorm ? LayerRole.OuterNorm : LayerRole.Outer;
        var inTransformer = path.Contains(".transformer_blocks.", StringComparison.Ordinal);
        if (isNorm) return inTransformer || Last(path) == "norm" ? LayerRole.TransformerNorm : LayerRole.ResidualNorm;
        if (!inTransformer) return Last(path) is "proj_in" or "proj_out" ? LayerRole.Projection : LayerRole.Residual;
        if (path.Contains(".ff.", StringComparison.Ordinal)) return LayerRole.FeedForward;
        return Last(path) switch
        {
            "to_q" => LayerRole.Query,
            "to_k" => LayerRole.Key,
            "to_v" => LayerRole.Value,
            _ => LayerRole.AttentionOutput,                                     // to_out.0
        };
    }

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];
}
