using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class OftModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.01, false)]       // bounds the rotation
    [InlineData(0, true)]
    public void WeightDifference_Linear_TurnsRowsByBlocks(double alpha, bool rescaled)
    {
        var (blocks, factors) = (TinyAdapters.Random(1, 4, 8, 8), TinyAdapters.Random(2, 32, 1));
        (string, Tensor)[] tensors = [("oft_blocks", blocks), ("alpha", TinyAdapters.Number(alpha))];
        var module = _adapters.Module(TinyAdapters.Linear, rescaled ? [.. tensors, ("rescale", factors)] : tensors);
        var (rotations, w, f) = (Cayley(new Plain(blocks), 4, 8, alpha * 32), new Plain(TinyAdapters.Weight(TinyAdapters.Linear)), new Plain(factors));

        TinyAdapters.CheckDifference(module, (o, i, _) =>
            Plain.Sum(8, n => rotations[o / 8][n, o % 8] * w[o / 8 * 8 + n, i]) * (rescaled ? f[o, 0] : 1) - w[o, i]);
        Assert.Equal("OFT", module.Algorithm);
    }

    [Fact]
    public void WeightDifference_Convolution_TurnsOutputChannels()
    {
        var blocks = TinyAdapters.Random(1, 8, 8, 8);
        var module = _adapters.Module(TinyAdapters.Convolution, ("oft_blocks", blocks));
        var (rotations, w) = (Cayley(new Plain(blocks), 8, 8, 0), new Plain(TinyAdapters.Weight(TinyAdapters.Convolution)));

        TinyAdapters.CheckDifference(module, (o, i, k) => Plain.Sum(8, n => rotations[o / 8][n, o % 8] * w[o / 8 * 8 + n, i, k / 3, k % 3]) - w[o, i, k / 3, k % 3]);
    }

    [Fact]
    public void WeightDifference_OldName_HoldsTheRotationsThemselves()
    {
        var blocks = TinyAdapters.Random(1, 4, 8, 8);
        var module = _adapters.Module(TinyAdapters.Linear, ("oft_diag", blocks));
        var (r, w) = (new Plain(blocks), new Plain(TinyAdapters.Weight(TinyAdapters.Linear)));

        TinyAdapters.CheckDifference(module, (o, i, _) => Plain.Sum(8, n => r[o / 8, n, o % 8] * w[o / 8 * 8 + n, i]) - w[o, i]);
    }

    [Fact]
    public void WeightDifference_Butterfly_TurnsMixedRowsInTurn()
    {
        var blocks = TinyAdapters.Random(1, 3, 8, 4, 4);
        var module = _adapters.Module(TinyAdapters.Linear, ("oft_blocks", blocks));
        var w = new Plain(TinyAdapters.Weight(TinyAdapters.Linear));
        var rotations = Cayley(new Plain(blocks), 24, 4, 0);

        // row by row: a stage takes rows that stand 2 · 2^i apart, turns them as neighbours and puts them back
        var rows = Enumerable.Range(0, 32).Select(o => Enumerable.Range(0, 64).Select(i => w[o, i]).ToArray()).ToArray();
        for (var stage = 0; stage < 3; stage++)
        {
            var group = 2 << stage;
            int Source(int mixed) => mixed / (2 * group) * 2 * group + mixed % 2 * group + mixed % (2 * group) / 2;
            var turned = new double[32][];
            for (var p = 0; p < 32; p++)
                turned[Source(p)] = [.. Enumerable.Range(0, 64).Select(i => Plain.Sum(4, n => rotations[stage * 8 + p / 4][p % 4, n] * rows[Source(p / 4 * 4 + (int)n)][i]))];
            rows = turned;
        }

        TinyAdapters.CheckDifference(module, (o, i, _) => rows[o][i] - w[o, i]);
        Assert.Equal("BOFT", module.Algorithm);
    }

    [Fact]
    public void WeightDifference_Rotation_KeepsLengthsOfColumns()
    {
        using var scope = NewDisposeScope();
        var module = _adapters.Module(TinyAdapters.Linear, ("oft_blocks", TinyAdapters.Random(1, 4, 8, 8)));
        var weight = TinyAdapters.Weight(TinyAdapters.Linear);

        TensorAssert.Close(weight.square().sum(0L), (weight + module.WeightDifference(weight)).square().sum(0L), 1e-4);
    }

    [Theory]
    [InlineData(4, 8, 7)]
    [InlineData(3, 8, 8)]
    public void Create_BlocksThatDoNotCover_AreRefused(long count, long rows, long columns) =>
        Assert.EndsWith("oft_blocks", _adapters.Refused(TinyAdapters.Linear, ("oft_blocks", TinyAdapters.Random(1, count, rows, columns))).Key);

    [Fact]
    public void Create_MoreFactorsThanRowsCanBeMixedFor_IsRefused() =>
        Assert.Contains("mixed", _adapters.Refused(TinyAdapters.Linear, ("oft_blocks", TinyAdapters.Random(1, 5, 8, 4, 4))).Message);

    // (I + Q)(I − Q)⁻¹ with Q = B − Bᵀ, all of them bounded together
    private static double[][,] Cayley(Plain blocks, int count, int b, double limit)
    {
        var skew = Enumerable.Range(0, count).Select(k =>
        {
            var q = new double[b, b];
            for (var i = 0; i < b; i++)
                for (var j = 0; j < b; j++)
                    q[i, j] = blocks.Values[(k * b + i) * b + j] - blocks.Values[(k * b + j) * b + i];
            return q;
        }).ToArray();
        var norm = Math.Sqrt(skew.Sum(q => q.Cast<double>().Sum(x => x * x)));
        var shrink = limit > 0 && norm > limit ? limit / norm : 1;
        return [.. skew.Select(q => Rotation(q, b, shrink))];
    }

    // solves R (I − Q) = I + Q, that is (I − Q)ᵀ Rᵀ = (I + Q)ᵀ, by elimination; Qᵀ is −Q
    private static double[,] Rotation(double[,] q, int b, double shrink)
    {
        var (left, right) = (new double[b, b], new double[b, b]);
        for (var i = 0; i < b; i++)
            for (var j = 0; j < b; j++)
            {
                var one = i == j ? 1.0 : 0;
                (left[i, j], right[i, j]) = (one + shrink * q[i, j], one - shrink * q[i, j]);
            }
        for (var pivot = 0; pivot < b; pivot++)
            for (var row = 0; row < b; row++)
            {
                if (row == pivot) continue;
                var factor = left[row, pivot] / left[pivot, pivot];
                for (var column = 0; column < b; column++)
                {
                    left[row, column] -= factor * left[pivot, column];
                    right[row, column] -= factor * right[pivot, column];
                }
            }
        var rotation = new double[b, b];
        for (var i = 0; i < b; i++)
            for (var j = 0; j < b; j++)
                rotation[j, i] = right[i, j] / left[i, i];
        return rotation;
    }
}
