import { Upload } from "@/features/upload/components/upload";

export default function UploadScreen() {
  return <Upload />;
}
