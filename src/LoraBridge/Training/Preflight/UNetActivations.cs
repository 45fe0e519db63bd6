using LoraBridge.Diffusion.Models;

namespace LoraBridge.Training.Preflight;

/// <summary>
/// What a step of the UNet keeps for its backward pass, block by block, counted from its layout: every tensor that a layer's
/// gradient formula asks for, once. Layers' own weights rest, so their inputs are kept for the adapter beside them.
/// </summary>
/// <param name="config">The UNet's layout.</param>
/// <param name="batch">Pictures at once, B.</param>
/// <param name="height">Latent cells, h.</param>
/// <param name="width">Latent cells, w.</param>
/// <param name="tokens">Text tokens, T.</param>
/// <param name="elementBytes">Bytes of the type that is computed in.</param>
/// <param name="keepsScores">Whether attention's scores exist at all: not where torch's own fused attention runs.</param>
internal sealed class UNetActivations(UNetConfig config, long batch, long height, long width, long tokens, int elementBytes, bool keepsScores)
{
    // a transformer block in maps of its width: input, norm, q, k, v, attended; input, norm, q, attended; input, norm, and of the
    // feed-forward 8 of both halves, 4 of the gate, 4 of the product
    private const long TransformerMaps = 28;

    // norm before the block, map after it
    private const long AroundTransformers = 2;

    // the feed-forward's backward pass: gradients of both halves, twice while they are joined, and of the product
    private const long TransientMaps = 20;

    // of the rows of scores that are made at a time: both gradients and what their products copy, and where they are made again the scores too
    private const long ScoreCopies = 3, ScoreCopiesAgain = 4;

    private readonly List<Block> _blocks = [];
    private bool _isWalked;

    /// <summary>Bytes at the peak of a step, at the beginning of the backward pass.</summary>
    /// <param name="checkpoints">Whether whole blocks are computed again.</param>
    public long Training(bool checkpoints)
    {
        Walk();
        if (!checkpoints) return _blocks.Sum(block => block.Kept + block.Scores + block.Output) + _blocks.Max(block => Math.Max(block.Transient, block.Chunk * ScoreCopies));
        // scores that are too large to be made at once are not kept within a block that runs again
        return _blocks.Sum(block => block.Output) + _blocks.Max(block => block.Kept + block.SmallScores + block.Output + Math.Max(block.Transient, block.Chunk * (block.Scores > block.SmallScores ? ScoreCopiesAgain : ScoreCopies)));
    }

    /// <summary>Bytes at the peak of a call without gradients.</summary>
    public long Inference()
    {
        Walk();
        return _blocks.Sum(block => block.IsDown ? block.Output : 0) + _blocks.Max(block => block.Inference);
    }

    private void Walk()
    {
        if (_isWalked) return;
        _isWalked = true;
        var (channels, h, w) = (config.ModelChannels, height, width);
        var skips = new Stack<long>([channels]);
        Add(channels * h * w, 0, 0, 0, isDown: true);
        foreach (var (i, level) in config.Levels.Index())
        {
            foreach (var depth in level.InputDepths)
            {
                Layers(channels, level.Channels, depth, h * w, joined: 0, isDown: true);
                skips.Push(channels = level.Channels);
            }
            if (i == config.Levels.Count - 1) break;
            (h, w) = ((h + 1) / 2, (w + 1) / 2);
            Add(channels * h * w, 0, 0, 0, isDown: true);
            skips.Push(channels);
        }

        Layers(channels, channels, config.MiddleDepth, h * w, joined: 0, isDown: false, residuals: 2);

        for (var i = config.Levels.Count - 1; i >= 0; i--)
        {
            var level = config.Levels[i];
            (h, w) = (Size(height, i), Size(width, i));
            for (var j = 0; j < level.OutputDepths.Count; j++)
            {
                var input = channels + skips.Pop();
                channels = level.Channels;
                var isLast = i > 0 && j == level.OutputDepths.Count - 1;
                // the upsampler keeps the enlarged map, and gives another
                Layers(input, channels, level.OutputDepths[j], h * w, joined: input, isDown: false, enlarged: isLast ? 4 * channels * h * w : 0);
            }
        }
    }

    private static long Size(long side, int level)
    {
        for (var i = 0; i < level; i++) side = (side + 1) / 2;
        return side;
    }

    // Residual blocks and a transformer: a residual block keeps 2 maps of its input's width and 3 of its own, besides input and output.
    private void Layers(long input, long channels, int depth, long cells, long joined, bool isDown, int residuals = 1, long enlarged = 0)
    {
        var map = channels * cells;
        var kept = (joined + 2 * input) * cells + 3 * map + (residuals - 1) * 6 * map + enlarged;
        var transient = 3 * Math.Max(input, channels) * cells;
        var (scores, small, chunk) = (0L, 0L, 0L);
        if (depth > 0)
        {
            // the residual block's output goes into the transformer and is kept too
            kept += (1 + AroundTransformers + depth * TransformerMaps) * map + depth * 4 * channels * tokens;
            transient = Math.Max(transient, TransientMaps * map);
            var heads = config.Heads(channels);
            foreach (var columns in keepsScores ? new[] { cells, tokens } : [])
            {
                var one = heads * cells * columns;
                scores += depth * one;
                if (batch * one * elementBytes <= Attention.DefaultChunkBytes) small += depth * one;
                chunk = Math.Max(chunk, Chunk(cells, heads * columns));
            }
        }
        var inference = Math.Max((2 * input + joined) * cells + 3 * map, depth > 0 ? 14 * map : 0);
        Add(enlarged > 0 ? enlarged : map, kept, scores, transient, isDown, small, inference, chunk);
    }

    // the bytes of the rows of scores that are made at a time
    private long Chunk(long rows, long columns)
    {
        var row = batch * columns * elementBytes;
        return Math.Clamp(Attention.DefaultChunkBytes / row, 1, rows) * row;
    }

    // numbers for one picture
    private void Add(long output, long kept, long scores, long transient, bool isDown, long smallScores = 0, long inference = 0, long chunk = 0)
    {
        var bytes = batch * elementBytes;
        _blocks.Add(new(output * bytes, kept * bytes, scores * bytes, smallScores * bytes, transient * bytes, inference * bytes, chunk, isDown));
    }

    /// <summary>Bytes of one block.</summary>
    /// <param name="Output">Its output, which the next one keeps as its input.</param>
    /// <param name="Kept">What it keeps within, but for scores.</param>
    /// <param name="Scores">Attention's scores.</param>
    /// <param name="SmallScores">Those of them that a block which runs again keeps until its backward pass.</param>
    /// <param name="Transient">What its backward pass makes and gives back.</param>
    /// <param name="Inference">What a call without gradients takes.</param>
    /// <param name="Chunk">The scores that are made at a time.</param>
    /// <param name="IsDown">Whether its output waits for the way up.</param>
    private sealed record Block(long Output, long Kept, long Scores, long SmallScores, long Transient, long Inference, long Chunk, bool IsDown);
}
