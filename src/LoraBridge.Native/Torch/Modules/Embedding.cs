using System.Diagnostics.CodeAnalysis;
using TorchSharp.Interop;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Rows of a table by their numbers: (…) int64 to (…, embedding_dims).</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly long? _paddingIndex;
    private readonly double? _maxNorm;
    private readonly double _normType;
    private readonly bool _scaleGradByFrequency;
    private readonly bool _sparse;

    [ComponentName(Name = nameof(weight))] private Parameter? _weight;

    internal Embedding(Parameter weight, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse) : base(nameof(Embedding))
    {
        var rows = weight.size(0);
        if (padding_idx >= rows || padding_idx < -rows) throw new ArgumentOutOfRangeException(nameof(padding_idx), padding_idx, $"The table has {rows} rows.");
        _paddingIndex = padding_idx < 0 ? padding_idx + rows : padding_idx;
        _maxNorm = max_norm;
        _normType = norm_type;
        _scaleGradByFrequency = scale_grad_by_freq;
        _sparse = sparse;
        this.weight = weight;
    }

    [DisallowNull]
    public Parameter? weight { get => _weight; set => Replace(ref _weight, value, nameof(weight)); }

    internal void reset_parameters()
    {
        if (_weight!.is_meta) return;
        nn.init.normal_(_weight);
        if (_paddingIndex is not { } padding) return;
        using var noGrad = no_grad();
        using var row = _weight.select(0, padding);
        row.zero_();
    }

    public override Tensor forward(Tensor input)
    {
        if (_maxNorm is { } maxNorm)
        {
            using var noGrad = no_grad();
            using var contiguous = input.contiguous();
            Ops.embedding_renorm_.CallInPlace(_weight, contiguous, maxNorm, _normType);
        }
        return Ops.embedding.Call(_weight, input, _paddingIndex ?? -1, _scaleGradByFrequency, _sparse);
    }

    private static class Ops
    {
        internal static readonly Operator embedding = new("embedding"), embedding_renorm_ = new("embedding_renorm_");
    }
}
