using System.Numerics;

namespace LoraBridge.Imaging.Png;

/// <summary>PNG's five row filters: each predicts a byte from its left (a), upper (b) and upper left (c) neighbours and stores the difference.</summary>
internal static class PngFilter
{
    public const int Count = 5;

    /// <summary>Restores a row in place.</summary>
    /// <param name="type">0 none, 1 left, 2 up, 3 average, 4 Paeth.</param>
    /// <param name="row">The stored differences; the row's bytes afterwards.</param>
    /// <param name="prior">The row above, restored; zeros above the first.</param>
    /// <param name="step">How far left the left neighbour is.</param>
    /// <returns>False for a type that does not exist.</returns>
    public static bool Restore(int type, Span<byte> row, ReadOnlySpan<byte> prior, int step)
    {
        switch (type)
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++)
                    row[i] += row[i - step];
                break;
            case 2:
                RestoreUp(row, prior);
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                    row[i] += (byte)((i >= step ? row[i - step] : 0) + prior[i] >> 1);
                break;
            case 4:
                RestorePaeth(row, prior, step);
                break;
            default:
                return false;
        }
        return true;
    }

    /// <summary>Stores a row's differences by one filter.</summary>
    public static void Apply(int type, ReadOnlySpan<byte> row, ReadOnlySpan<byte> prior, int step, Span<byte> result)
    {
        row.CopyTo(result);
        if (type == 0)
            return;
        // the first pixel has no left neighbour: 0 stands in, and Paeth then predicts the upper one
        for (var i = 0; i < Math.Min(step, row.Length); i++)
            result[i] = (byte)(row[i] - Predict(type, 0, prior[i], 0));
        var at = step;
        for (; at + Vector<byte>.Count <= row.Length; at += Vector<byte>.Count)
        {
            var (a, b, c) = (new Vector<byte>(row[(at - step)..]), new Vector<byte>(prior[at..]), new Vector<byte>(prior[(at - step)..]));
            (new Vector<byte>(row[at..]) - Predict(type, a, b, c)).CopyTo(result[at..]);
        }
        for (; at < row.Length; at++)
            result[at] = (byte)(row[at] - Predict(type, row[at - step], prior[at], prior[at - step]));
    }

    /// <summary>The sum of the differences' magnitudes: the usual guess at how well a row will compress.</summary>
    public static long Cost(ReadOnlySpan<byte> differences)
    {
        var sums = Vector<uint>.Zero;
        var at = 0;
        for (; at + Vector<byte>.Count <= differences.Length; at += Vector<byte>.Count)
        {
            var value = new Vector<byte>(differences[at..]);
            Vector.Widen(Vector.Min(value, Vector<byte>.Zero - value), out var low, out var high);
            Vector.Widen(low + high, out var first, out var second);
            sums += first + second;
        }
        long cost = Vector.Sum(sums);
        for (; at < differences.Length; at++)
            cost += Math.Abs((int)(sbyte)differences[at]);
        return cost;
    }

    private static void RestoreUp(Span<byte> row, ReadOnlySpan<byte> prior)
    {
        var i = 0;
        for (; i + Vector<byte>.Count <= row.Length; i += Vector<byte>.Count)
            (new Vector<byte>(row[i..]) + new Vector<byte>(prior[i..])).CopyTo(row[i..]);
        for (; i < row.Length; i++)
            row[i] += prior[i];
    }

    // channel by channel, so that the neighbours stay in registers
    private static void RestorePaeth(Span<byte> row, ReadOnlySpan<byte> prior, int step)
    {
        for (var channel = 0; channel < step; channel++)
        {
            int a = 0, c = 0;
            for (var i = channel; i < row.Length; i += step)
            {
                int b = prior[i];
                a = row[i] = (byte)(row[i] + Paeth(a, b, c));
                c = b;
            }
        }
    }

    private static int Predict(int type, int a, int b, int c) => type switch { 1 => a, 2 => b, 3 => a + b >> 1, _ => Paeth(a, b, c) };

    // the neighbour nearest to a + b - c; ties go to a, then b
    private static int Paeth(int a, int b, int c)
    {
        int fromA = Math.Abs(b - c), fromB = Math.Abs(a - c), fromC = Math.Abs(a + b - 2 * c);
        return fromA <= fromB && fromA <= fromC ? a : fromB <= fromC ? b : c;
    }

    private static Vector<byte> Predict(int type, Vector<byte> a, Vector<byte> b, Vector<byte> c) => type switch
    {
        1 => a,
        2 => b,
        3 => (a & b) + Vector.ShiftRightLogical(a ^ b, 1),
        _ => Paeth(a, b, c),
    };

    private static Vector<byte> Paeth(Vector<byte> a, Vector<byte> b, Vector<byte> c)
    {
        Vector.Widen(a, out var a0, out var a1);
        Vector.Widen(b, out var b0, out var b1);
        Vector.Widen(c, out var c0, out var c1);
        return Vector.Narrow(Paeth((Vector<short>)a0, (Vector<short>)b0, (Vector<short>)c0), Paeth((Vector<short>)a1, (Vector<short>)b1, (Vector<short>)c1));
    }

    private static Vector<ushort> Paeth(Vector<short> a, Vector<short> b, Vector<short> c)
    {
        Vector<short> towardsA = b - c, towardsB = a - c;
        var (fromA, fromB, fromC) = (Vector.Abs(towardsA), Vector.Abs(towardsB), Vector.Abs(towardsA + towardsB));
        var isA = Vector.LessThanOrEqual(fromA, fromB) & Vector.LessThanOrEqual(fromA, fromC);
        return (Vector<ushort>)Vector.ConditionalSelect(isA, a, Vector.ConditionalSelect(Vector.LessThanOrEqual(fromB, fromC), b, c));
    }
}
