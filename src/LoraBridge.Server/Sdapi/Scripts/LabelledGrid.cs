using LoraBridge.Imaging;
using LoraBridge.Imaging.Lettering;
using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>A table of pictures with what its columns and rows have in common above and beside them.</summary>
/// <param name="Columns">Above each column; empty texts take no room.</param>
/// <param name="Rows">Beside each row.</param>
internal sealed record LabelledGrid(IReadOnlyList<string> Columns, IReadOnlyList<string> Rows)
{
    private const int Gap = 8;

    /// <summary>Pixels between pictures.</summary>
    public int Margin { get; init; }

    /// <summary>Whether texts are written.</summary>
    public bool HasLegend { get; init; } = true;

    /// <summary>The table.</summary>
    /// <param name="pictures">Row by row; null where a picture is missing.</param>
    /// <param name="title">Above all; empty takes no room.</param>
    public Picture Draw(IReadOnlyList<Picture?> pictures, string title)
    {
        var first = pictures.First(picture => picture is not null)!;
        var (width, height) = (pictures.Max(picture => picture?.Width ?? 0), pictures.Max(picture => picture?.Height ?? 0));
        var scale = Math.Clamp(first.Width / 128, 1, 4);
        var line = PictureLabel.Height(scale) + (2 * Gap);
        var top = (Has([title]) ? line : 0) + (Has(Columns) ? line : 0);
        var left = Has(Rows) ? Math.Min(width, Rows.Max(row => PictureLabel.Width(row, scale))) + (2 * Gap) : 0;

        var sheet = new Picture(left + (Columns.Count * width) + ((Columns.Count - 1) * Margin), top + (Rows.Count * height) + ((Rows.Count - 1) * Margin), 3);
        sheet.Fill(Rgb.White);
        if (Has([title])) Write(title, left, Gap, sheet.Width - left);
        for (var x = 0; x < Columns.Count && Has(Columns); x++) Write(Columns[x], Left(x), top - line + Gap, width);
        for (var y = 0; y < Rows.Count && Has(Rows); y++) Write(Rows[y], Gap, Top(y) + (height / 2), left - Gap);
        foreach (var (i, picture) in pictures.Index())
            if (picture is not null) PictureGrid.Paste(picture.ToRgb(), sheet, Left(i % Columns.Count), Top(i / Columns.Count));
        return sheet;

        int Left(int column) => left + (column * (width + Margin));

        int Top(int row) => top + (row * (height + Margin));

        void Write(string text, int x, int y, int room) => PictureLabel.Write(sheet, PictureLabel.Fit(text, Math.Max(0, room), scale), x, y, scale, Rgb.Black);
    }

    private bool Has(IEnumerable<string> texts) => HasLegend && texts.Any(text => text.Length > 0);
}
