namespace LoraBridge.Lora.Catalog;

/// <summary>The kinds of modules in an adapter file, told by the names of their tensors; one file may mix several.</summary>
[Flags]
public enum LoraAlgorithms
{
    /// <summary>No tensor of a known kind.</summary>
    None = 0,

    /// <summary>A product of two factors, down and up: <c>lora_down</c>, <c>lora_A</c>.</summary>
    Lora = 1 << 0,

    /// <summary>A core between the factors of a convolution: <c>lora_mid</c>, <c>hada_t1</c>, <c>lokr_t2</c>.</summary>
    Tucker = 1 << 1,

    /// <summary>The element-wise product of two products: <c>hada_w1_a</c>.</summary>
    LoHa = 1 << 2,

    /// <summary>A Kronecker product: <c>lokr_w1</c>.</summary>
    LoKr = 1 << 3,

    /// <summary>A vector that the weight is scaled by: <c>on_input</c>.</summary>
    Ia3 = 1 << 4,

    /// <summary>A whole difference of weights, or the weights themselves: <c>diff</c>, <c>set_weight</c>.</summary>
    Full = 1 << 5,

    /// <summary>Differences of normalisation layers: <c>w_norm</c>.</summary>
    Norm = 1 << 6,

    /// <summary>A generalised product, <c>a1</c> to <c>b2</c>.</summary>
    GLora = 1 << 7,

    /// <summary>A block-diagonal rotation: <c>oft_blocks</c>, <c>oft_diag</c>.</summary>
    Oft = 1 << 8,

    /// <summary>Several such rotations, interleaved: <c>oft_blocks</c> of four dimensions.</summary>
    Boft = 1 << 9,

    /// <summary>Magnitudes beside the directions: <c>dora_scale</c>, <c>lora_magnitude_vector</c>.</summary>
    DoRA = 1 << 10,
}
