using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>Kinds of adapters.</summary>
public enum NetworkAlgorithm
{
    /// <summary>Low-rank factors on linear layers and 1x1 convolutions.</summary>
    [JsonStringEnumMemberName("lora")]
    [AlsoNamed("networks.lora", "lierla")]
    LoRA,

    /// <summary>LoRA on 3x3 convolutions too.</summary>
    [JsonStringEnumMemberName("locon")]
    [AlsoNamed("lycoris", "c3lier")]
    LoCon,

    /// <summary>The elementwise product of two low-rank products.</summary>
    [JsonStringEnumMemberName("loha")]
    LoHa,

    /// <summary>A Kronecker product with a low-rank factor.</summary>
    [JsonStringEnumMemberName("lokr")]
    LoKr,

    /// <summary>A factor for each channel.</summary>
    [JsonStringEnumMemberName("ia3")]
    IA3,

    /// <summary>Orthogonal rotation of the weights in blocks.</summary>
    [JsonStringEnumMemberName("oft")]
    [AlsoNamed("diag-oft")]
    Oft,

    /// <summary>LoRA of which every smaller rank works as well.</summary>
    [JsonStringEnumMemberName("dylora")]
    DyLoRA,

    /// <summary>LoRA whose down factor stays as it began.</summary>
    [JsonStringEnumMemberName("lora_fa")]
    LoRAFa,

    /// <summary>The whole difference of a layer's weights.</summary>
    [JsonStringEnumMemberName("full")]
    [AlsoNamed("diff", "native")]
    Full,
}

/// <summary>Named sets of layers.</summary>
public enum NetworkTargets
{
    /// <summary>Every linear layer and 1x1 convolution of the transformers, and the text encoder's attention and MLP: 192 and 72 modules in SD 1.x.</summary>
    Transformers,

    /// <summary>Attention's q, k, v and out projections and the feed-forward layers.</summary>
    [AlsoNamed("attn-mlp")]
    AttentionAndMlp,

    /// <summary>Attention's q, k, v and out projections.</summary>
    [AlsoNamed("attn-only", "qkvo")]
    Attention,

    /// <summary>Attention's q, k and v projections.</summary>
    [AlsoNamed("qkv")]
    QueryKeyValue,

    /// <summary>Attention's q and v projections.</summary>
    [AlsoNamed("qv")]
    QueryValue,

    /// <summary>Every linear layer and convolution.</summary>
    [AlsoNamed("all")]
    Full,

    /// <summary>Every linear layer.</summary>
    [AlsoNamed("full-lin")]
    FullLinear,

    /// <summary>Every layer of the UNet, none of the text encoder.</summary>
    [JsonStringEnumMemberName("unet_only")]
    UNetOnly,

    /// <summary>The UNet's transformers.</summary>
    [JsonStringEnumMemberName("unet_transformers")]
    [AlsoNamed("unet-transformer-only")]
    UNetTransformers,

    /// <summary>The UNet's residual blocks and samplers.</summary>
    [JsonStringEnumMemberName("unet_convolutions")]
    [AlsoNamed("unet-convblock-only")]
    UNetConvolutions,
}

/// <summary>How an adapter's factors begin.</summary>
public enum NetworkInitialization
{
    /// <summary>Down uniform within 1 / sqrt(inputs), up zero.</summary>
    [AlsoNamed("default", "true")]
    Kaiming,

    /// <summary>Down normal with deviation 1 / rank, up zero.</summary>
    Gaussian,

    /// <summary>The weight's largest singular directions, taken out of the frozen weight.</summary>
    [JsonStringEnumMemberName("pissa")]
    PiSSA,

    /// <summary>Orthonormal factors of the weight (QR), taken out of the frozen weight.</summary>
    [JsonStringEnumMemberName("olora")]
    OLoRA,
}

/// <summary>What an algorithm can do.</summary>
public static class NetworkAlgorithms
{
    /// <summary>Whether it adapts 3x3 convolutions.</summary>
    public static bool HasConvolutions(this NetworkAlgorithm algorithm) =>
        algorithm is NetworkAlgorithm.LoCon or NetworkAlgorithm.LoHa or NetworkAlgorithm.LoKr or NetworkAlgorithm.IA3 or NetworkAlgorithm.Oft or NetworkAlgorithm.Full;

    /// <summary>Whether it has low-rank factors, and so a rank and an alpha.</summary>
    public static bool HasRank(this NetworkAlgorithm algorithm) => algorithm is not (NetworkAlgorithm.IA3 or NetworkAlgorithm.Full);
}
