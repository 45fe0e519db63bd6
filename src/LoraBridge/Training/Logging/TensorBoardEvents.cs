using System.Text;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Logging;

/// <summary>The messages of event files. Field numbers are those of TensorBoard's event.proto, summary.proto and tensor.proto.</summary>
internal static class TensorBoardEvents
{
    private const int TextType = 7, TensorClass = 2, SessionStart = 1;

    /// <summary>What every file begins with; without it readers take the file for one of an older kind.</summary>
    public static ProtoMessage Version() => new ProtoMessage().Text(3, "brain.Event:2");

    /// <summary>The mark of a run that goes on: what older files say of this step and later ones is forgotten.</summary>
    public static ProtoMessage Restart() => new ProtoMessage().Message(7, new ProtoMessage().Integer(1, SessionStart));

    /// <summary>One number. As simple_value, which every reader knows; TensorBoard turns it into a tensor itself.</summary>
    public static ProtoMessage Scalar(string tag, float value) => new ProtoMessage().Text(1, tag).Single(2, value);

    /// <summary>A picture as a PNG.</summary>
    public static ProtoMessage Image(string tag, Picture picture) => new ProtoMessage().Text(1, tag).Message(4, new ProtoMessage()
        .Integer(1, picture.Height)
        .Integer(2, picture.Width)
        .Integer(3, picture.Channels)                                           // the format's colour spaces 1, 3, 4 are grey, RGB, RGBA
        .Data(4, PictureFile.Encode(picture)));

    /// <summary>A text, shown as Markdown: a tensor of one string for the plugin "text".</summary>
    public static ProtoMessage Text(string tag, string markdown) => new ProtoMessage().Text(1, tag)
        .Message(9, new ProtoMessage().Message(1, new ProtoMessage().Text(1, "text")).Integer(4, TensorClass))
        .Message(8, new ProtoMessage()
            .Integer(1, TextType)
            .Message(2, new ProtoMessage().Message(2, new ProtoMessage().Integer(1, 1)))
            .Data(8, Encoding.UTF8.GetBytes(markdown)));

    /// <summary>The values of one step.</summary>
    public static ProtoMessage Summary(IEnumerable<ProtoMessage> values)
    {
        var summary = new ProtoMessage();
        foreach (var value in values) summary.Message(1, value);
        return new ProtoMessage().Message(5, summary);
    }
}
