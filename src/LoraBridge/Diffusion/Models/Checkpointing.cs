namespace LoraBridge.Diffusion.Models;

/// <summary>What a network computes again in the backward pass instead of keeping it (Chen et al. 2016, arXiv:1604.06174); of no effect without gradients.</summary>
public enum Checkpointing
{
    /// <summary>Nothing: fastest, and everything is kept.</summary>
    None,

    /// <summary>The scores of attention, most of what is kept of large pictures, some query rows at a time.</summary>
    Attention,

    /// <summary>Whole blocks, and within them scores that are too large to be made at once: a forward pass more, least memory.</summary>
    Blocks,
}
