import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  label: string;
  page: number;
  pages: number;
  onPage: (page: number) => void;
}

/** To the page before and the page after; nothing where there is one page. */
export function PageButtons({ label, page, pages, onPage }: Props) {
  const { t } = useTranslation();
  if (pages <= 1) return null;
  return (
    <Group role="navigation" aria-label={label}>
      <Button variant="default" size="xs" disabled={page <= 1} onClick={() => { onPage(page - 1); }}>
        {t("paging.previous")}
      </Button>
      <Text size="sm">{t("paging.page", { page, pages })}</Text>
      <Button variant="default" size="xs" disabled={page >= pages} onClick={() => { onPage(page + 1); }}>
        {t("paging.next")}
      </Button>
    </Group>
  );
}
