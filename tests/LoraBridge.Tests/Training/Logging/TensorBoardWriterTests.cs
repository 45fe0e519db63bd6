using System.Text.RegularExpressions;
using LoraBridge.Imaging;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

/// <summary>Field numbers are written here as event.proto, summary.proto and tensor.proto define them.</summary>
public sealed partial class TensorBoardWriterTests : IDisposable
{
    private const int WallTime = 1, Step = 2, FileVersion = 3, SummaryField = 5, SessionLog = 7;
    private const int Value = 1, Tag = 1, SimpleValue = 2, Image = 4, Tensor = 8, Metadata = 9;

    private readonly TemporaryFolder _folder = new();
    private readonly TestClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_New_IsNamedAndBeginsWithItsVersion()
    {
        using var writer = Writer();

        Assert.Matches(FileName(), Path.GetFileName(writer.FilePath));
        Assert.StartsWith("events.out.tfevents.1772600767.", Path.GetFileName(writer.FilePath), StringComparison.Ordinal);
        var first = Assert.Single(EventFile.Read(writer.FilePath));
        Assert.Equal("brain.Event:2", first.Text(FileVersion));
        Assert.Equal(1772600767, first.Double(WallTime));
        Assert.Equal(0, first.Integer(Step));
        Assert.Equal([WallTime, Step, FileVersion], first.Fields);
    }

    // the record of a version event is short enough to be worked out by hand
    [Fact]
    public void File_FirstRecord_HasTheseBytes()
    {
        using var writer = Writer();
        var bytes = File.ReadAllBytes(writer.FilePath);

        Assert.Equal(16 + 26, bytes.Length);
        Assert.Equal([26, 0, 0, 0, 0, 0, 0, 0], bytes[..8]);
        Assert.Equal([0x09, .. BitConverter.GetBytes(1772600767.0), 0x10, 0x00, 0x1A, 0x0D, .. "brain.Event:2"u8], bytes[12..38]);
    }

    [Theory]
    [InlineData(0.25, 1)]
    [InlineData(-1e-30, 300)]
    [InlineData(double.NaN, 5_000_000_000)]
    [InlineData(double.PositiveInfinity, 127)]
    public void Scalar_AnyValueAndStep_IsRead(double value, long step)
    {
        using var writer = Writer();
        _clock.Now += TimeSpan.FromSeconds(1.5);
        writer.Scalar("loss/current", value, step);

        var read = EventFile.Read(writer.FilePath)[1];
        Assert.Equal(1772600768.5, read.Double(WallTime));
        Assert.Equal(step, read.Integer(Step));
        var only = Assert.Single(read.Sub(SummaryField).Subs(Value));
        Assert.Equal("loss/current", only.Text(Tag));
        Assert.Equal((float)value, only.Single(SimpleValue));
    }

    [Fact]
    public void Scalars_OfAStep_AreOneEvent()
    {
        using var writer = Writer();
        writer.Scalars(new Dictionary<string, double> { ["lr/unet"] = 1e-4, ["lr/textencoder"] = 5e-5 }, 3);

        var values = EventFile.Read(writer.FilePath)[1].Sub(SummaryField).Subs(Value);
        Assert.Equal([("lr/unet", 1e-4f), ("lr/textencoder", 5e-5f)], values.Select(value => (value.Text(Tag), value.Single(SimpleValue))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Image_Picture_IsAPngWithItsSize(int channels)
    {
        using var writer = Writer();
        var picture = new Picture(7, 5, channels);
        picture.Row(2).Fill(200);
        writer.Image("samples/0", picture, 9);

        var image = Assert.Single(EventFile.Read(writer.FilePath)[1].Sub(SummaryField).Subs(Value)).Sub(Image);
        Assert.Equal((5L, 7L, channels), (image.Integer(1), image.Integer(2), image.Integer(3)));
        using var png = new MemoryStream(image.Bytes(4));
        Assert.Equal(picture.Pixels, PictureFile.Read(png).Pixels);
    }

    [Fact]
    public void Text_Markdown_IsATensorOfOneString()
    {
        using var writer = Writer();
        writer.Text("settings", "**rank** 16, Ä", 0);

        var value = Assert.Single(EventFile.Read(writer.FilePath)[1].Sub(SummaryField).Subs(Value));
        Assert.Equal("settings", value.Text(Tag));
        Assert.Equal("text", value.Sub(Metadata).Sub(1).Text(1));
        Assert.Equal(7, value.Sub(Tensor).Integer(1));                                          // DT_STRING
        Assert.Equal(1, value.Sub(Tensor).Sub(2).Sub(2).Integer(1));                            // one dimension of length 1
        Assert.Equal("**rank** 16, Ä", value.Sub(Tensor).Text(8));
    }

    [Fact]
    public void Resume_ANewFile_ComesLaterAndForgetsLaterSteps()
    {
        using var first = Writer();
        for (var step = 1; step <= 5; step++) first.Scalar("loss", step, step);
        using var second = Writer(resumedAt: 3);
        second.Scalar("loss", 40, 4);

        Assert.True(string.CompareOrdinal(first.FilePath, second.FilePath) < 0);
        var restart = EventFile.Read(second.FilePath)[1];
        Assert.Equal(1, restart.Sub(SessionLog).Integer(1));                                    // START
        Assert.Equal([(1L, 1f), (2L, 2f), (3L, 3f), (4L, 40f)], Shown(first.FilePath, second.FilePath));
    }

    [Fact]
    public void File_KilledAnywhere_KeepsTheRecordsBefore()
    {
        using var writer = Writer();
        for (var step = 1; step <= 3; step++) writer.Scalar("loss", step, step);
        var bytes = File.ReadAllBytes(writer.FilePath);                                         // not flushed, not closed
        var before = 0;
        for (var length = 0; length <= bytes.Length; length++)
        {
            var events = EventFile.Read(bytes.AsSpan(0, length)).Count;
            Assert.InRange(events, before, before + 1);
            before = events;
        }
        Assert.Equal(4, before);
    }

    [Fact]
    public void Write_FromManyThreads_GarblesNothing()
    {
        using var writer = Writer();
        Parallel.For(0, 200, step => writer.Scalar($"tag{step % 3}", step, step));
        writer.Flush();

        Assert.Equal(Enumerable.Range(0, 200).Select(step => (long)step), EventFile.Read(writer.FilePath).Skip(1).Select(read => read.Integer(Step)).Order());
    }

    private TensorBoardWriter Writer(long? resumedAt = null) => new(_folder.File("run"), resumedAt, _clock);

    // what TensorBoard shows: files in the order of their names, and a START takes away its own step and later ones
    private static List<(long Step, float Value)> Shown(params string[] files)
    {
        var shown = new List<(long Step, float Value)>();
        foreach (var read in files.Order(StringComparer.Ordinal).SelectMany(EventFile.Read))
        {
            if (read.Has(SessionLog)) shown.RemoveAll(point => point.Step >= read.Integer(Step));
            else if (read.Has(SummaryField)) shown.Add((read.Integer(Step), read.Sub(SummaryField).Subs(Value)[0].Single(SimpleValue)));
        }
        return shown;
    }

    [GeneratedRegex(@"^events\.out\.tfevents\.\d{10}\.[A-Za-z0-9_-]+\.\d+\.\d+$")]
    private static partial Regex FileName();
}
