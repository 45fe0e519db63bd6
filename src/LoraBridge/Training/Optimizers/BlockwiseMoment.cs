using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>Kept in 8 bits: a code for each element and a scale, the greatest absolute value, for each block of 256.</summary>
/// <remarks>
/// Dettmers et al. 2021 (arXiv:2110.02861). Of a running square the root is kept, which halves the range that the codes must span,
/// and no root above 0 becomes 0, so that nothing is ever divided by a root that rounding lost.
/// </remarks>
internal sealed class BlockwiseMoment : Moment
{
    /// <summary>Elements that share a scale.</summary>
    public const int BlockSize = 256;

    private readonly long[] _shape;
    private readonly long _count;
    private readonly bool _isSquare;
    private readonly Tensor _codes, _scales, _levels, _thresholds;

    public BlockwiseMoment(long[] shape, bool isSquare, Device device)
    {
        (_shape, _isSquare) = (shape, isSquare);
        _count = shape.Aggregate(1L, (product, side) => product * side);
        var blocks = (_count + BlockSize - 1) / BlockSize;
        var levels = DynamicCode.Levels(isSigned: !isSquare);
        var thresholds = DynamicCode.Thresholds(levels);
        if (isSquare) thresholds[0] = 0;
        _levels = tensor(levels, dtype: float32).to(device).DetachFromDisposeScope();
        _thresholds = tensor(thresholds, dtype: float32).to(device).DetachFromDisposeScope();
        _codes = zeros(blocks, BlockSize, dtype: uint8, device: device).DetachFromDisposeScope();
        _codes.fill_(Array.IndexOf(levels, 0f));
        _scales = zeros(blocks, 1, dtype: float32, device: device).DetachFromDisposeScope();
    }

    public override IReadOnlyList<(string Suffix, Tensor Tensor)> Tensors => [(".codes", _codes), (".scales", _scales)];

    public override Tensor Read()
    {
        var blocks = _levels.index_select(0, _codes.flatten().to(int32)).view(-1, BlockSize).mul_(_scales);
        if (_isSquare) blocks.mul_(blocks);
        return blocks.flatten().narrow(0, 0, _count).view(_shape);
    }

    public override void Write(Tensor value)
    {
        using var scope = NewDisposeScope();
        var blocks = zeros(_codes.numel(), dtype: float32, device: _codes.device);
        blocks.narrow(0, 0, _count).copy_(value.flatten());
        if (_isSquare) blocks.sqrt_();
        blocks = blocks.view(-1, BlockSize);
        _scales.copy_(blocks.abs().amax([1], keepdim: true));
        // a block of zeros stays zeros whatever its scale
        _codes.copy_(blocks.div_(_scales.clamp_min(1e-37)).bucketize(_thresholds, outInt32: true));
    }

    public override void Dispose()
    {
        base.Dispose();
        _levels.Dispose();
        _thresholds.Dispose();
    }
}
