using System.Text.Json;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;

namespace LoraBridge.Tests.Training.Data.Doctor;

public sealed class DoctorReportTests
{
    private static readonly DoctorReport s_report = new(3,
    [
        new(FindingKind.MissingCaption, FindingSeverity.Error, "/d/a.png", "It has no caption.", "Write one."),
        new(FindingKind.NearDuplicate, FindingSeverity.Warning, "/d/猫.png", "It looks the same.", "Keep one.") { Others = ["/d/c.png"] },
        new(FindingKind.Rotated, FindingSeverity.Information, "", "It is turned.", "Look."),
    ]);

    [Fact]
    public void ToText_Findings_HaveSentenceAndCure() => Assert.Equal("""
        3 pictures, 1 errors, 1 warnings, 1 notes.

        Error: missing caption (1)
          /d/a.png
            It has no caption.
            -> Write one.

        Warning: near duplicate (1)
          /d/猫.png
            It looks the same.
            -> Keep one.

        Note: rotated (1)
            It is turned.
            -> Look.

        """.ReplaceLineEndings("\n"), s_report.ToText());

    [Fact]
    public void ToText_TheSameOfManyFiles_IsSaidOnce()
    {
        DatasetFinding Small(string path, string size) => DatasetFinding.Warning(FindingKind.Small, path, $"It is {size}.", "Enlarge it.");
        Assert.EndsWith("""
            Warning: small (3)
              /d/a.png
              /d/c.png
                It is 8x8.
                -> Enlarge it.
              /d/b.png
                It is 9x9.
                -> Enlarge it.

            """.ReplaceLineEndings("\n"), new DoctorReport(3, [Small("/d/a.png", "8x8"), Small("/d/b.png", "9x9"), Small("/d/c.png", "8x8")]).ToText());
    }

    [Fact]
    public void ToJson_Findings_AreAList()
    {
        var json = JsonDocument.Parse(s_report.ToJson()).RootElement;
        Assert.Equal((3, false), (json.GetProperty("pictures").GetInt32(), json.GetProperty("canStart").GetBoolean()));
        var finding = json.GetProperty("findings")[1];
        Assert.Equal(["nearDuplicate", "warning", "/d/猫.png", "Keep one.", "/d/c.png"],
            new[] { finding.GetProperty("kind"), finding.GetProperty("severity"), finding.GetProperty("path"), finding.GetProperty("cure"), finding.GetProperty("others")[0] }.Select(value => value.GetString()));
        Assert.Contains("猫", s_report.ToJson());
    }
}
