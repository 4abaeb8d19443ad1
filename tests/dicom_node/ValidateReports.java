import com.pixelmed.validate.DicomSRValidator;

/**
 * Runs PixelMed's validator over many files in one virtual machine: the first file takes most of the time,
 * because the rules are compiled then. Its own main() takes one file, and its option -checktemplateid has no
 * effect (it sets the flag of -checkcontentitemorder).
 */
public class ValidateReports {
    public static void main(String[] files) throws Exception {
        DicomSRValidator validator = new DicomSRValidator();
        boolean describe = false;
        boolean matchCaseOfCodeMeaning = true;
        boolean checkAmbiguousTemplate = false;
        boolean checkContentItemOrder = true;
        boolean checkTemplateId = true;
        for (String file : files) {
            System.out.println("=== " + file);
            try {
                System.out.println(validator.validate(file, describe, matchCaseOfCodeMeaning,
                        checkAmbiguousTemplate, checkContentItemOrder, checkTemplateId));
            } catch (Exception e) {
                System.out.println("Error: " + e);
            }
        }
    }
}
