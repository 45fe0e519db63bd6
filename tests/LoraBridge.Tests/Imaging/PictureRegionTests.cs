using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureRegionTests
{
    [Fact]
    public void Of_AMask_IsWhatIsNotBlackWithItsPadding()
    {
        var mask = TestPictures.Mask(100, 50, new(30, 20, 41, 22));
        mask.Row(25)[35] = 1;
        Assert.Equal(new PictureRegion(30, 20, 41, 26), PictureRegion.Of(mask, 0));
        Assert.Equal(new PictureRegion(20, 10, 51, 36), PictureRegion.Of(mask, 10));
        Assert.Equal(new PictureRegion(0, 0, 100, 50), PictureRegion.Of(mask, 90));
        Assert.Null(PictureRegion.Of(new(100, 50, 1), 10));
    }

    [Theory]
    [InlineData(40, 40, 60, 50, 40, 35, 60, 55)]        // a wide one grows up and down alike
    [InlineData(40, 40, 45, 60, 33, 40, 53, 60)]        // seven on the left, eight on the right
    [InlineData(40, 2, 60, 8, 40, 0, 60, 20)]           // there is no room above
    [InlineData(40, 90, 60, 98, 40, 80, 60, 100)]       // nor below
    [InlineData(0, 40, 100, 50, 0, 0, 100, 100)]
    public void GrownTo_ASquare_TakesTheRoomThereIs(int left, int top, int right, int bottom, int toLeft, int toTop, int toRight, int toBottom) =>
        Assert.Equal(new PictureRegion(toLeft, toTop, toRight, toBottom), new PictureRegion(left, top, right, bottom).GrownTo(512, 512, new(100, 100, 1)));

    [Fact]
    public void GrownTo_AShapeThatThePictureCannotHold_IsAsMuchAsFits() =>
        Assert.Equal(new PictureRegion(0, 0, 100, 30), new PictureRegion(0, 5, 100, 9).GrownTo(64, 64, new(100, 30, 1)));

    [Fact]
    public void GrownTo_AnyRegion_HoldsItAndHasTheShapeWhereThereIsRoom()
    {
        var random = new Random(4);
        var picture = new Picture(400, 300, 1);
        for (var i = 0; i < 200; i++)
        {
            var (x, y) = (random.Next(390), random.Next(290));
            var region = new PictureRegion(x, y, random.Next(x + 1, 400), random.Next(y + 1, 300));
            var (width, height) = (random.Next(1, 20), random.Next(1, 20));
            var grown = region.GrownTo(width, height, picture);
            Assert.True(grown.Left >= 0 && grown.Top >= 0 && grown.Right <= 400 && grown.Bottom <= 300, $"{grown} lies outside");
            Assert.True(grown.Left <= region.Left && grown.Top <= region.Top && grown.Right >= region.Right && grown.Bottom >= region.Bottom, $"{grown} does not hold {region}");
            if (grown.Width < 400 && grown.Height < 300)
                Assert.True(Math.Abs(grown.Width * height - grown.Height * width) <= Math.Max(width, height) * 2, $"{grown} is not {width}:{height}");
        }
    }
}
