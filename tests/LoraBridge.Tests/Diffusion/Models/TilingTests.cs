using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class TilingTests
{
    [Theory]
    [InlineData(5, 8, 2)]
    [InlineData(8, 8, 2)]
    [InlineData(9, 8, 2)]
    [InlineData(14, 8, 2)]
    [InlineData(15, 8, 4)]
    [InlineData(101, 8, 0)]
    public void Spans_AnyLength_CoverItWithTheOverlap(int length, int tile, int overlap)
    {
        var spans = new Tiling { TileSize = tile, Overlap = overlap }.Spans(length).ToArray();

        Assert.Equal(0, spans[0].Start);
        Assert.Equal(length, spans[^1].Start + spans[^1].Length);
        Assert.All(spans, span => Assert.InRange(span.Length, 1, tile));
        Assert.All(spans.Zip(spans.Skip(1)), pair => Assert.True(pair.First.Start + pair.First.Length - pair.Second.Start >= overlap));
    }

    [Fact]
    public void Blend_TilesOfOneMap_GivesTheMapBack()
    {
        using var scope = NewDisposeScope();
        var map = Tiny.Normal(1, 2, 3, 30, 44);

        var blended = new Tiling { TileSize = 8, Overlap = 3 }.Blend(15, 22, 2, tile =>
            map.narrow(2, tile.Top * 2, tile.Height * 2).narrow(3, tile.Left * 2, tile.Width * 2).clone());

        TensorAssert.Close(map, blended, 1e-6);
    }

    [Fact]
    public void Blend_TilesThatDiffer_ChangesGraduallyOverTheOverlap()
    {
        using var scope = NewDisposeScope();
        var blended = new Tiling { TileSize = 8, Overlap = 4 }.Blend(1, 12, 1, tile =>
            full([1, 1, tile.Height, tile.Width], tile.Left == 0 ? 0 : 1, dtype: float32, device: CPU));

        TensorAssert.Close(tensor(new[] { 0, 0, 0, 0, 0.2f, 0.4f, 0.6f, 0.8f, 1, 1, 1, 1 }), blended.flatten(), 1e-6);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(8, 5)]
    [InlineData(8, -1)]
    public void Blend_ImpossibleSizes_Throws(int tile, int overlap) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tiling { TileSize = tile, Overlap = overlap }.Blend(4, 4, 1, _ => throw new InvalidOperationException()));
}
